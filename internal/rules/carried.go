package rules

import (
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/latin"
	"damtshilfe/internal/xmlgate"
)

// maxCarried bounds the findings about text that no field map names.
const maxCarried = 10 * MaxFindings

// getragen judges the text that is only carried on: no rule looks at it, but the other side's program may choke on it. Hardly any
// document gets beyond the first line.
func getragen(k *check) {
	if k.Doc == nil || latin.Plain(k.Doc) {
		return
	}
	told := slices.Clone(k.findings)
	xmlgate.Texts(k.Doc, func(path func() string, raw []byte) bool {
		if latin.Plain(raw) {
			return true
		}
		s := xmlgate.Text(raw)
		if latin.NFC(s) && !strings.ContainsFunc(s, control) {
			return true
		}
		k.carried(s, strings.TrimPrefix(path(), "/"+k.m.Root), told)
		return len(k.findings)-len(told) < maxCarried
	})
}

// carried judges one text, unless it was told of the same place already.
func (k *check) carried(s, path string, told []amtshilfe.Finding) {
	before := len(k.findings)
	v := violations{k: k, s: s, path: path}
	v.normal()
	for i, r := range s {
		if control(r) && !v.told(i) {
			v.add(codeSteuerzeichen, i, r)
		}
	}
	v.flush()
	attribute := strings.Contains(path, "/@")
	for i := range k.findings[before:] {
		if f := &k.findings[before+i]; attribute {
			f.Char, f.Nth = 0, 0 // it has no text to look for it in
		}
	}
	fresh := slices.DeleteFunc(k.findings[before:], func(f amtshilfe.Finding) bool {
		return slices.ContainsFunc(told, func(t amtshilfe.Finding) bool { return t.Code == f.Code && within(f.Path, t.Path) })
	})
	k.findings = k.findings[:before+len(fresh)]
}
