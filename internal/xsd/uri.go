package xsd

// isURI knows URIs in ASCII: an optional scheme, behind "//" a host with an optional port, then path, query and fragment.
func isURI(v []byte) bool {
	rest, scheme := v, 0
	for scheme < len(v) && (chars[v[scheme]]&(chLetter|chDigit) != 0 || v[scheme] == '+' || v[scheme] == '-' || v[scheme] == '.') {
		scheme++
	}
	if scheme < len(v) && v[scheme] == ':' {
		if scheme == 0 || chars[v[0]]&chLetter == 0 {
			return false
		}
		rest = v[scheme+1:]
	} else if firstSegmentHasColon(v) {
		return false
	}
	if len(rest) > 1 && rest[0] == '/' && rest[1] == '/' {
		if rest = authority(rest[2:]); rest == nil {
			return false
		}
	}
	return uriTail(rest)
}

func firstSegmentHasColon(v []byte) bool {
	for _, c := range v {
		switch c {
		case ':':
			return true
		case '/', '?', '#':
			return false
		}
	}
	return false
}

// authority passes host and port; nil = they are not as simple as that.
func authority(v []byte) []byte {
	i := 0
	for i < len(v) && (chars[v[i]]&(chLetter|chDigit) != 0 || v[i] == '-' || v[i] == '.') {
		i++
	}
	if i == 0 {
		return nil
	}
	if i < len(v) && v[i] == ':' {
		port := i + 1
		for i = port; i < len(v) && chars[v[i]]&chDigit != 0; i++ {
		}
		if i == port || i > port+5 {
			return nil
		}
	}
	if i < len(v) && v[i] != '/' && v[i] != '?' && v[i] != '#' {
		return nil
	}
	return v[i:len(v):len(v)]
}

// uriTail judges path, query and fragment.
func uriTail(v []byte) bool {
	fragment := false
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case chars[c]&(chLetter|chDigit|chURI) != 0:
		case c == '%' && i+2 < len(v) && chars[v[i+1]]&chars[v[i+2]]&chHex != 0:
			i += 2
		case c == '#' && !fragment:
			fragment = true
		default:
			return false
		}
	}
	return true
}
