package store

// Lists is how many lists of a File are compared and merged.
func Lists() int { return len(parts) }
