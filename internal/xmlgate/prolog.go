package xmlgate

import "bytes"

// byteOrderMark may begin a document and has no column.
const byteOrderMark = "\xef\xbb\xbf"

// prolog reads a byte order mark and the XML declaration, and gives the offset behind them.
func (x *core) prolog() (int, *Error) {
	b := x.b
	if len(b) >= 2 && (b[0] == 0 || b[1] == 0 || b[0] == 0xfe && b[1] == 0xff || b[0] == 0xff && b[1] == 0xfe) {
		return 0, fail(CodeEncoding, 0, textDeclared) // UTF-16 or UTF-32, with or without its mark
	}
	i := 0
	if bytes.HasPrefix(b, []byte(byteOrderMark)) {
		i = len(byteOrderMark)
	}
	const opening = "<?xml"
	if !bytes.HasPrefix(b[i:], []byte(opening)) {
		return i, nil
	}
	j := i + len(opening)
	if j >= len(b) || classes[b[j]]&clSpace == 0 {
		return i, nil // cut off, or an instruction with a longer name: misc tells
	}
	const longest = 256
	end := bytes.Index(b[j:min(len(b), j+longest)], []byte("?>"))
	switch {
	case end < 0 && len(b) < j+longest:
		return i, cut(b)
	case end < 0:
		return i, fail(CodeSyntax, i, textDecl)
	}
	if code, text := xmlDecl(b[j : j+end]); code != "" {
		return i, fail(code, i, text)
	}
	return j + end + len("?>"), nil
}

// xmlDecl checks what stands between "<?xml" and "?>": version, then perhaps encoding, then perhaps standalone.
func xmlDecl(d []byte) (code, text string) {
	known := [...]string{"version", "encoding", "standalone"}
	next := 0
	for {
		i := spaceEnd(d, 0)
		if i == len(d) {
			break
		}
		name, value, rest, ok := pseudoAttribute(d[i:])
		at := next
		for at < len(known) && known[at] != string(name) {
			at++
		}
		if i == 0 || !ok || at == len(known) || next == 0 && at != 0 {
			return CodeSyntax, textDecl
		}
		switch {
		case at == 0 && string(value) != "1.0", at == 2 && string(value) != "yes" && string(value) != "no":
			return CodeSyntax, textDecl
		case at == 1 && !bytes.EqualFold(value, []byte("UTF-8")):
			return CodeEncoding, textDeclared
		}
		next, d = at+1, rest
	}
	if next == 0 {
		return CodeSyntax, textDecl
	}
	return "", ""
}

// pseudoAttribute reads name="value" at the start of d.
func pseudoAttribute(d []byte) (name, value, rest []byte, ok bool) {
	end := nameEnd(d, 0)
	i := spaceEnd(d, end)
	if i >= len(d) || d[i] != '=' {
		return nil, nil, nil, false
	}
	i = spaceEnd(d, i+1)
	if i >= len(d) || d[i] != '"' && d[i] != '\'' {
		return nil, nil, nil, false
	}
	n := bytes.IndexByte(d[i+1:], d[i])
	if n < 0 {
		return nil, nil, nil, false
	}
	return d[:end], d[i+1 : i+1+n], d[i+n+2:], true
}

// misc passes white space and comments outside of elements and gives the offset of what follows: a byte that is no '<', the '<'
// of a tag, or the end. With an error it gives the offset up to which all was well.
func (x *core) misc(i int) (int, *Error) {
	b := x.b
	for {
		i = spaceEnd(b, i)
		if i >= len(b) || b[i] != '<' {
			return i, nil
		}
		if i+1 >= len(b) {
			return i, cut(b)
		}
		switch b[i+1] {
		case '!':
			end, err := x.comment(i)
			if err != nil {
				return i, err
			}
			i = end
		case '?':
			return i, x.instruction(i)
		default:
			return i, nil
		}
	}
}

// atRoot says what is wrong if no start tag stands at i, where the root should begin.
func (x *core) atRoot(i int) *Error {
	b := x.b
	switch {
	case i >= len(b) && len(bytes.TrimSpace(bytes.TrimPrefix(b, []byte(byteOrderMark)))) == 0:
		return fail(CodeLeer, 0, textLeer)
	case i >= len(b):
		return cut(b)
	case b[i] != '<':
		return odd(b, i, textBefore)
	case b[i+1] == '/':
		return fail(CodeSyntax, i, textEnd)
	}
	return nil
}

// declaration passes what begins with "<!" inside an element: a comment or a CDATA section.
func (x *core) declaration(i int) (int, *Error) {
	const opening = "<![CDATA["
	b := x.b
	if !bytes.HasPrefix(b[i:], []byte(opening)) {
		if len(b)-i < len(opening) && bytes.HasPrefix([]byte(opening), b[i:]) {
			return i, cut(b)
		}
		return x.comment(i)
	}
	x.solid = i
	j := i + len(opening)
	n := bytes.Index(b[j:], []byte("]]>"))
	if n < 0 {
		if err := chars(b, j, len(b)); err != nil {
			return i, err
		}
		return i, cut(b)
	}
	return j + n + len("]]>"), chars(b, j, j+n)
}

// comment passes the comment at i; anything else that begins with "<!" is refused.
func (x *core) comment(i int) (int, *Error) {
	const opening = "<!--"
	b := x.b
	if !bytes.HasPrefix(b[i:], []byte(opening)) {
		return i, x.notComment(i)
	}
	j := i + len(opening)
	n := bytes.Index(b[j:], []byte("--"))
	end := len(b)
	if n >= 0 {
		end = j + n
	}
	if err := chars(b, j, end); err != nil {
		return i, err
	}
	if end+2 >= len(b) {
		return i, cut(b)
	}
	if b[end+2] != '>' {
		return i, fail(CodeSyntax, end, textComment)
	}
	return end + 3, nil
}

// notComment is the fault of "<!" at i without a comment behind it.
func (x *core) notComment(i int) *Error {
	b := x.b
	for _, word := range []string{"DOCTYPE", "ENTITY", "ELEMENT", "ATTLIST", "NOTATION"} {
		got := b[i+2 : min(len(b), i+2+len(word))]
		switch {
		case !bytes.EqualFold(got, []byte(word[:len(got)])):
		case len(got) < len(word):
			return cut(b)
		default:
			return fail(CodeDoctype, i, textDoctype)
		}
	}
	if len(b)-i < len("<!--") && bytes.HasPrefix([]byte("<!--"), b[i:]) {
		return cut(b)
	}
	return fail(CodeSyntax, i, textMarkup)
}

// instruction is the fault of "<?" at i.
func (x *core) instruction(i int) *Error {
	b := x.b
	const decl = "<?xml "
	late := bytes.HasPrefix(b[i:], []byte("<?xml")) && len(b)-i > 5 && classes[b[i+5]]&clSpace != 0
	switch {
	case late:
		return fail(CodePI, i, textDeclLate)
	case len(b)-i < len(decl) && bytes.HasPrefix([]byte(decl), b[i:]):
		return cut(b)
	}
	return fail(CodePI, i, textPI)
}
