package xmlgate

import (
	"bytes"
	"strings"
)

// Texts gives every piece of text of doc, and every attribute's value, as they are written: path is made when it is asked for, in the
// form of Path, and valid only during the call. Namespace declarations are no text. It is for the few documents in which something is to be
// looked for that no field map names; it stops when yield does not want more, and at the first fault of a document that is not well-formed.
func Texts(doc []byte, yield func(path func() string, raw []byte) bool) {
	t := &texts{tracer: tracer{off: len(doc) + 1, seen: make([]map[string]int, 1)}, doc: doc, yield: yield}
	slowPath(t).document(doc)
}

// texts is a tracer that hands out what lies between the tags.
type texts struct {
	tracer
	doc   []byte
	from  int // end of the tag before
	ended bool
	yield func(path func() string, raw []byte) bool
}

func (t *texts) path() string { return strings.Join(t.steps, "") }

// flush hands out the text up to the tag at end.
func (t *texts) flush(end int) bool {
	if t.from < end && len(t.steps) > 0 {
		t.ended = t.ended || !t.yield(t.path, t.doc[t.from:end])
	}
	return !t.ended
}

func (t *texts) opened(x *core, at int) bool {
	if !t.flush(at) {
		return false
	}
	t.from = x.gap
	t.tracer.opened(x, at)
	for i := range x.attrs {
		a := &x.attrs[i]
		if a.decl || t.ended {
			continue
		}
		t.ended = !t.yield(func() string { return t.path() + "/@" + string(x.local(a)) }, t.doc[a.val:a.valEnd])
	}
	return !t.ended
}

func (t *texts) closed(end int) bool {
	if tag := bytes.LastIndexByte(t.doc[t.from:max(end, t.from)], '<'); tag >= 0 && !t.flush(t.from+tag) {
		return false
	}
	t.from = end
	return t.tracer.closed(end)
}

// Text is what a piece of text stands for: references as their characters, without comments.
func Text(raw []byte) string {
	var b strings.Builder
	for i := 0; i < len(raw); {
		switch rest := raw[i:]; {
		case bytes.HasPrefix(rest, []byte("<!--")):
			i = behind(raw, i+4, "-->")
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			end := behind(raw, i+9, "]]>")
			b.Write(raw[i+9 : max(end-3, i+9)])
			i = end
		case rest[0] == '&':
			end, r := character(raw, i)
			b.WriteRune(r)
			i = end
		default:
			n := 1
			for n < len(rest) && rest[n] != '<' && rest[n] != '&' {
				n++
			}
			b.Write(rest[:n])
			i += n
		}
	}
	return b.String()
}
