package mapping

type slot struct{}
