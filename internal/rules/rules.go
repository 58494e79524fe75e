// Package rules knows what can be wrong with one message beyond its schema: the business rules and Hindernisse
// (obstacles) of profil.md 2 and 3, as far as they concern that message alone.
//
// It is pure: no disk, no clock, no network; Context brings what lies outside the message. Codes lists every code with its
// severity and meaning; checks lists the functions in the order in which a clerk reads a message. What needs the ledger
// (duplicates, cases) or the directory (who is competent) is decided by the pipeline; Own is worded here for it.
package rules

import (
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
)

// Context is what a message is judged against.
type Context struct {
	Kennungen   []string              // of the account that sent it; "*" = any
	Betriebsart amtshilfe.Betriebsart // of the account; "" = as produktion
	Now         time.Time             // its location decides which day it is
	IBANs       []string              // accounts that the Mandant listed; empty = any IBAN
	Massnahmen  []string              // codes of the list urn:damtshilfe:codeliste:massnahme; nil = any
	// Doc is the document that the message was read from: what no text may have is looked for in all of it, also where no field map
	// reads. nil = only in what was read.
	Doc []byte
	// Fits says whether a place belongs to a postcode; true as well where the postcode is not known. nil = nobody can say.
	Fits func(postleitzahl, ort string) bool
	// Scan says whether an attachment is clean; an error says that it cannot be told. nil = attachments are not scanned.
	Scan func(pdf []byte) (clean bool, err error)
	// Inspect reads an attachment (attachment.Reader); an error says that nobody could. nil = only what its bytes say by themselves counts,
	// and its pages are not counted.
	Inspect func(pdf []byte) (attachment.Report, error)
}

// checks are the rules in the order of the document's parts.
var checks = []func(*check){
	absender, testKennzeichen, kopfDatum, kopfText,
	ersuchenDatum, lebensdaten, schuldner, anschriften, routing, titel, forderungen, summe, massnahmen, bankverbindung, personen, ersuchenText,
	buchungen, restforderungen, abschluss, gruende, anhaenge, uebrigerText,
	getragen,
}

// Check gives everything that is wrong with m, in the order of the document's parts; nil = nothing. Findings carry Path in the
// form of xmlgate.Path and no position. Texts name no person and quote nothing from the message.
func Check(m *amtshilfe.Message, c Context) []amtshilfe.Finding {
	if m.Kind == amtshilfe.KindZustaendigkeitAnfrage || m.Kind == amtshilfe.KindZustaendigkeitAntwort {
		return nil // no header, no claim: the directory judges what it is asked
	}
	k := check{m: m, e: m.Ersuchen, Context: c, today: day(c.Now)}
	if k.e == nil {
		k.e = &empty
	}
	for _, run := range checks {
		run(&k)
	}
	return k.findings
}

// empty stands for the body of a message that is no request: its rules find nothing to check.
var empty amtshilfe.Ersuchen

// Own is the finding of a request whose competent authority is its own sender (HINDERNIS-EIGENE). Only the pipeline can
// know this, after the directory has answered.
func Own() amtshilfe.Finding { return finding(codeEigene, "", "") }

// Duplicate is the finding of a message whose nachrichtenUUID was used for other bytes (DUP-UUID), Count that of a drop whose head
// counts otherwise (LIEF-ANZAHL), Mixed that of a drop with test messages and others (TEST-KENNZEICHEN). Who reads the drop knows.
func Duplicate() amtshilfe.Finding { return finding(codeDuplicate, "", "") }

// Count: see Duplicate.
func Count() amtshilfe.Finding { return finding(codeAnzahl, "", "") }

// Mixed: see Duplicate.
func Mixed() amtshilfe.Finding {
	f := finding(codeTest, "", "")
	f.Text = "Die Lieferung mischt Testnachrichten und andere; bitte Test und Echtbetrieb in getrennten Dateien einliefern."
	return f
}

// check is one run over one message.
type check struct {
	Context
	m        *amtshilfe.Message
	e        *amtshilfe.Ersuchen // never nil
	today    int
	findings []amtshilfe.Finding
}

// request says that m is a 003.
func (k *check) request() bool { return k.e != &empty }

// listed are the persons a 003 is about, or those a 015 brings news of.
func (k *check) listed() []amtshilfe.Schuldner {
	if k.request() {
		return k.e.Schuldner
	}
	return k.m.Ergaenzung.Schuldner
}

// report adds a finding at a path below the root. detail fills the %s of the code's text.
func (k *check) report(code, path, detail string) {
	k.findings = append(k.findings, finding(code, "/"+k.m.Root+path, detail))
}

func finding(code, path, detail string) amtshilfe.Finding {
	c := lookup(code)
	return amtshilfe.Finding{Code: c.Code, Severity: c.Severity, Text: strings.Replace(c.Text, "%s", detail, 1), Path: path,
		Hold: c.Hold(), Owner: c.Owner}
}

// step is a path step to the i-th (from 0) element of its name, which is given with its slash: the index is only written from the
// second on, and the first costs nothing.
func step(name string, i int) string {
	if i == 0 {
		return name
	}
	return name + "[" + strconv.Itoa(i+1) + "]"
}

// day numbers the calendar day of t in t's own location, so that days of different locations compare.
func day(t time.Time) int {
	_, offset := t.Zone()
	sec := t.Unix() + int64(offset)
	if sec < 0 {
		sec -= 86399
	}
	return int(sec / 86400)
}
