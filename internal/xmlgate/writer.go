package xmlgate

// Writer builds XML with whatever prefixes the names have; whoever writes declares them. encoding/xml cannot: it has no prefixes, and an
// unqualified element would inherit a default namespace.
type Writer struct {
	Out []byte // what was written so far
}

// Open writes a start tag; attrs are names and values in turn, an empty value leaves the attribute out.
func (w *Writer) Open(name string, attrs ...string) {
	w.tag(name, attrs)
	w.Out = append(w.Out, '>')
}

// End writes an end tag.
func (w *Writer) End(name string) {
	w.Out = append(w.Out, '<', '/')
	w.Out = append(w.Out, name...)
	w.Out = append(w.Out, '>')
}

// Empty writes an element without content; attrs as of Open.
func (w *Writer) Empty(name string, attrs ...string) {
	w.tag(name, attrs)
	w.Out = append(w.Out, '/', '>')
}

// Leaf writes an element with text; attrs as of Open.
func (w *Writer) Leaf(name, text string, attrs ...string) {
	w.Open(name, attrs...)
	w.Text(text)
	w.End(name)
}

// Maybe writes the element unless the text is empty.
func (w *Writer) Maybe(name, text string) {
	if text != "" {
		w.Leaf(name, text)
	}
}

// Text writes text as AppendText does.
func (w *Writer) Text(s string) { w.Out = AppendText(w.Out, s) }

func (w *Writer) tag(name string, attrs []string) {
	w.Out = append(w.Out, '<')
	w.Out = append(w.Out, name...)
	for i := 0; i+1 < len(attrs); i += 2 {
		if attrs[i+1] != "" {
			w.Attr(attrs[i], attrs[i+1])
		}
	}
}

// Attr writes an attribute, an empty one too, into a start tag that lacks its end.
func (w *Writer) Attr(name, value string) {
	w.Out = append(w.Out, ' ')
	w.Out = append(w.Out, name...)
	w.Out = append(w.Out, '=', '"')
	w.Text(value)
	w.Out = append(w.Out, '"')
}
