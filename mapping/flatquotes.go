package mapping

import "bytes"

// How a CSV record is cut into its fields.

// split cuts a line without quotes.
func (r *recordReader) split(line []byte) {
	r.fields = r.fields[:0]
	column := 1
	for {
		n := bytes.IndexByte(line, r.dialect.separator)
		if n < 0 {
			r.fields = append(r.fields, rawField{line, r.line, column})
			return
		}
		r.fields = append(r.fields, rawField{line[:n], r.line, column})
		column += r.charset.length(line[:n]) + 1
		line = line[n+1:]
	}
}

// quoted cuts a record with quotes, which may hold separators, line ends and doubled quotes (RFC 4180). It reads on as it needs.
func (r *recordReader) quoted() ([]byte, error) {
	for {
		whole := r.eof
		used, lines, err := r.cut(r.buf[r.at:])
		if err == errOpenQuote && !whole && len(r.buf)-r.at <= maxRecord {
			r.more() // if nothing comes, cut knows that the file ends here
			continue
		}
		if err == errOpenQuote {
			return nil, err
		}
		record := r.buf[r.at : r.at+used]
		r.at += used
		r.line += lines
		return record, err
	}
}

// cut is one try of quoted: it cuts the fields out of b. errOpenQuote: b ends inside of a record.
func (r *recordReader) cut(b []byte) (used, lines int, err error) {
	r.fields, r.clean = r.fields[:0], r.clean[:0]
	at, line, lineStart := 0, r.line, 0
	var fault error
	for {
		field := rawField{line: line, column: r.charset.length(b[lineStart:at]) + 1}
		if at < len(b) && b[at] == r.dialect.quote {
			field.column++
			text, n, ok := r.unquote(b[at+1:])
			if !ok {
				return 0, 0, errOpenQuote
			}
			for i := at; i < at+1+n; i++ {
				if r.lineEnd(b[i:i+1]) == 0 {
					line, lineStart = line+1, i+1
				}
			}
			at += 1 + n
			field.bytes = text
		}
		rest := b[at:]
		end := r.lineEnd(rest)
		if end < 0 {
			if !r.eof {
				return 0, 0, errOpenQuote // the end of the line is not read yet
			}
			end = len(rest)
		}
		sep := bytes.IndexByte(rest[:end], r.dialect.separator)
		stop := end
		if sep >= 0 {
			stop = sep
		}
		text := rest[:stop]
		if sep < 0 {
			text = trimCR(text)
		}
		switch {
		case field.bytes == nil:
			field.bytes = text
		case len(text) > 0:
			fault = errAfterQuote
		}
		r.fields = append(r.fields, field)
		at += stop
		if sep < 0 {
			used = min(at+1, len(b))
			return used, line - r.line + 1, fault
		}
		at++
	}
}

// unquote finds the closing quote; n is the number of bytes up to behind it.
func (r *recordReader) unquote(b []byte) (text []byte, n int, ok bool) {
	q := r.dialect.quote
	start, from := len(r.clean), 0
	for {
		i := bytes.IndexByte(b[from:], q)
		if i < 0 {
			return nil, 0, false
		}
		i += from
		if i+1 < len(b) && b[i+1] == q {
			r.clean = append(r.clean, b[from:i+1]...)
			from = i + 2
			continue
		}
		if i+1 == len(b) && !r.eof {
			return nil, 0, false // the next byte decides
		}
		if from == 0 {
			return b[:i:i], i + 1, true
		}
		r.clean = append(r.clean, b[from:i]...)
		return r.clean[start:len(r.clean):len(r.clean)], i + 1, true
	}
}
