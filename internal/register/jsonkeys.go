package register

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// doubledKey names a key that stands twice in one object of a JSON text, "" = none does. The library takes the last one in silence, and
// another reader the first: the same question would have two answers. Keys are the same to it in either case, and escaped or not. The text
// must be well-formed and have no keys that are not known, so that an object has few.
func doubledKey(text []byte) string {
	type object struct {
		keys []string
		list bool
	}
	var open []object
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			open = append(open, object{list: text[i] == '['})
		case '}', ']':
			open = open[:max(len(open)-1, 0)]
		case '"':
			end := i + 1
			for text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			word := text[i : end+1]
			i = end
			if len(open) == 0 || open[len(open)-1].list || !keyBefore(text[end+1:]) {
				continue
			}
			o := &open[len(open)-1]
			key := unquoted(word)
			for _, k := range o.keys {
				if strings.EqualFold(k, key) {
					return key
				}
			}
			o.keys = append(o.keys, key)
		}
	}
	return ""
}

// keyBefore says whether a colon follows: what stands before it is a key.
func keyBefore(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == ':'
		}
	}
	return false
}

func unquoted(word []byte) string {
	var s string
	if err := json.Unmarshal(word, &s); err != nil {
		return string(word)
	}
	return s
}

// doubled refuses a JSON body with a doubled key.
func doubled(body []byte) *refusal {
	if key := doubledKey(body); key != "" {
		return &refusal{http.StatusBadRequest, "ZUST-DOPPELT", "Der Schlüssel „" + cut(key, 40) + "“ steht in einem Objekt doppelt; welcher gilt, ist nicht zu erkennen."}
	}
	return nil
}

// errDoubled marks a change or a report with a doubled key.
var errDoubled = errors.New("a key stands twice")
