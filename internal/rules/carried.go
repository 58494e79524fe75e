package rules

import (
	"strings"

	"damtshilfe/internal/latin"
	"damtshilfe/internal/xmlgate"
)

// maxCarried bounds the findings about the text of one document.
const maxCarried = 10_000

// getragen looks in all text of the document for what none may have: control characters, and letters that are not in NFC. Some of it is
// only carried on, and the other side's program may choke on it. Hardly any document gets beyond the first line.
func getragen(k *check) {
	if k.Doc == nil || latin.Plain(k.Doc) {
		return
	}
	before := len(k.findings)
	xmlgate.Texts(k.Doc, func(path func() string, raw []byte) bool {
		if latin.Plain(raw) {
			return true
		}
		if s := xmlgate.Text(raw); !latin.NFC(s) || strings.ContainsFunc(s, control) {
			k.carried(s, strings.TrimPrefix(path(), "/"+k.m.Root))
		}
		return len(k.findings)-before < maxCarried
	})
}

// carried tells what is wrong with one text.
func (k *check) carried(s, path string) {
	before := len(k.findings)
	v := violations{k: k, s: s, path: path}
	v.normal()
	for i, r := range s {
		if control(r) && !v.told(i) {
			v.add(codeSteuerzeichen, i, r)
		}
	}
	v.flush()
	if strings.Contains(path, "/@") {
		for i := range k.findings[before:] { // an attribute has no text to look for the character in
			k.findings[before+i].Char, k.findings[before+i].Nth = 0, 0
		}
	}
}
