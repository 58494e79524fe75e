package xmlgate

// Part says where a child of a container stood, so that positions in its document can be told as positions in the file.
type Part struct {
	Line, Column int // of the child's '<' in the file, from 1; a zero Part moves nothing
	InsertAt     int // characters before the inserted declarations, all on the document's first line
	InsertLen    int // characters inserted; they contain no line end
}

// Locate turns a position in the child's document into one in the file. Inside the inserted text it is the end of the child's
// name; a line below 1, which means no position, becomes the beginning of the child.
func (p Part) Locate(line, col int) (int, int) {
	if p.Line == 0 {
		return line, col
	}
	if line > 1 {
		return p.Line + line - 1, col
	}
	if line < 1 {
		return p.Line, p.Column
	}
	switch before := col - 1; {
	case before >= p.InsertAt+p.InsertLen:
		col -= p.InsertLen
	case before > p.InsertAt:
		col = p.InsertAt + 1
	}
	return p.Line, p.Column + max(col, 1) - 1
}
