package store

// Encode and Decode are what makes and reads the content of a version.
var (
	Encode = encode
	Decode = decode
)

// Lists is how many lists of a File are compared and merged.
func Lists() int { return len(parts) }
