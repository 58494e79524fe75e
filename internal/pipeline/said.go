package pipeline

import (
	"strings"
	"unicode"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/latin"
	"damtshilfe/internal/xta"
)

// Bounds of what another server may say to a sender.
const (
	maxRecords    = 5
	maxRecordText = 240 // runes of one record
)

// quoting adds to a finding what the records of a report say: codes, names and reasons are free text of a foreign server, so they are
// cleaned and bounded, told to the sender as that server's words, and never logged.
func quoting(f amtshilfe.Finding, records []xta.Record) amtshilfe.Finding {
	var list []string
	for _, r := range records {
		if text := said(r); text != "" && len(list) < maxRecords {
			list = append(list, text)
		}
	}
	if len(list) > 0 {
		f.Text += " Angabe des Rechenzentrums: " + strings.Join(list, "; ") + "."
	}
	return f
}

// said is one record: code, its name, and the reason.
func said(r xta.Record) string {
	head := strings.TrimSpace(clean(r.Code.Code) + " " + clean(r.Code.Name))
	reason := clean(r.Reason)
	switch {
	case head == "":
		head = reason
	case reason != "" && reason != clean(r.Code.Name):
		head += " (" + reason + ")"
	}
	text := []rune(strings.TrimRight(head, ". "))
	if len(text) > maxRecordText {
		return string(text[:maxRecordText-1]) + "…"
	}
	return string(text)
}

// clean keeps what a receipt may hold (DIN 91379 data type C) on one line.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch _, ok := latin.Check(string(r), latin.C); {
		case unicode.IsSpace(r):
			return ' '
		case !ok || unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}
