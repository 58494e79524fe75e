package rules

import (
	"slices"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/latin"
)

// RoutingAddresses gives the addresses that decide who is competent: one per distinct address of the debtors who route.
// findings says why an address is missing or unusable (Hindernisse, held for the Mandant); Check reports the same.
//
// Where a recipient is wished for (wunschempfaenger), no address decides: what there is is given, and nothing is an obstacle.
// A debtor who died does not route when heirs are listed; they do.
func RoutingAddresses(e *amtshilfe.Ersuchen, now time.Time) (addrs []amtshilfe.Postanschrift, findings []amtshilfe.Finding) {
	const root = "/vollstreckungshilfe.Ersuchen.003"
	for i := range e.Schuldner {
		if !routes(e, i) {
			continue
		}
		j, code := choose(e.Schuldner[i].Person.Anschriften, day(now))
		if code != "" && e.Wunschempfaenger == "" {
			findings = append(findings, finding(code, root+anschriftPath(&e.Schuldner[i].Person, i, j), ""))
		}
		if j < 0 || code != "" {
			continue
		}
		if a := e.Schuldner[i].Person.Anschriften[j]; !slices.ContainsFunc(addrs, func(b amtshilfe.Postanschrift) bool { return samePlace(a, b) }) {
			addrs = append(addrs, a)
		}
	}
	return addrs, findings
}

// routes says whether debtor i decides who is competent.
func routes(e *amtshilfe.Ersuchen, i int) bool {
	s := &e.Schuldner[i]
	return s.Routes() && (s.Person.Sterbedatum.IsZero() || !succeeded(e.Schuldner))
}

// choose picks the address that counts today: street addresses before PO boxes, then by type. An index below zero means that
// there is none; code says what is wrong with the choice, "" = nothing.
func choose(list []amtshilfe.Postanschrift, today int) (index int, code string) {
	index = -1
	best := 0
	for j := range list {
		a := &list[j]
		if !valid(a, today) || blank(a) {
			continue
		}
		if r := rank(a); index < 0 || r < best {
			index, best = j, r
		}
	}
	switch {
	case index < 0 || unknown(&list[index]):
		return index, codeAnschriftFehlt
	case !german(list[index].Staat):
		return index, codeAusland
	case list[index].Postfach != "":
		return index, codePostfach
	}
	return index, ""
}

// order is the precedence of profil.md 2: current address, main residence, seat of the firm, branch. Addresses without a type
// come after them, secondary residence and service address last.
var order = []string{"001", "002", "005", "006"}

func rank(a *amtshilfe.Postanschrift) int {
	r := len(order) + 1
	if len(a.Typen) == 0 {
		r = len(order)
	}
	for _, typ := range a.Typen {
		if i := slices.Index(order, typ); i >= 0 && i < r {
			r = i
		}
	}
	if a.Postfach != "" {
		r += 100
	}
	return r
}

func valid(a *amtshilfe.Postanschrift, today int) bool {
	return (a.Von.IsZero() || day(a.Von) <= today) && !expired(a, today)
}

func expired(a *amtshilfe.Postanschrift, today int) bool {
	return !a.Bis.IsZero() && day(a.Bis) < today
}

// blank says that an address says nothing: an empty anschrift is valid for the schema.
func blank(a *amtshilfe.Postanschrift) bool {
	return a.Strasse == "" && a.Hausnummer == "" && a.Postfach == "" && a.Postleitzahl == "" && a.Ort == ""
}

// unbekannt are the words with which programs fill an address they do not know.
var unbekannt = []string{"unbekannt", "unbekannt verzogen", "unbek. verzogen", "ohne festen wohnsitz", "ofw", "o.f.w.", "ohne anschrift", "keine angabe", "n.n."}

func unknown(a *amtshilfe.Postanschrift) bool {
	return saysUnknown(a.Strasse) || saysUnknown(a.Ort)
}

func saysUnknown(s string) bool {
	if s == "" {
		return false
	}
	switch s[0] { // most addresses end here
	case 'u', 'U', 'o', 'O', 'k', 'K', 'n', 'N', ' ':
		s = strings.TrimSpace(s)
		return slices.ContainsFunc(unbekannt, func(word string) bool { return strings.EqualFold(s, word) })
	}
	return false
}

// german reads the code of the state as sent: 000 is Destatis' key for Germany.
func german(staat string) bool {
	switch staat {
	case "", "000", "DE", "DEU", "D":
		return true
	}
	return false
}

func samePlace(a, b amtshilfe.Postanschrift) bool {
	return a.Postleitzahl == b.Postleitzahl && a.Ort == b.Ort && a.Strasse == b.Strasse &&
		a.Hausnummer == b.Hausnummer && a.HausnummerZusatz == b.HausnummerZusatz
}

// anschriften judges the German addresses of the listed persons. Expired ones are history.
func anschriften(k *check) {
	list := k.listed()
	for i := range list {
		s := &list[i]
		for j := range s.Person.Anschriften {
			a := &s.Person.Anschriften[j]
			if expired(a, k.today) || blank(a) || unknown(a) || !german(a.Staat) {
				continue
			}
			if !validPLZ(a.Postleitzahl) {
				k.report(codePLZ, anschriftPath(&s.Person, i, j)+leaf("postleitzahl", a.Postleitzahl), "")
			}
			if strings.TrimSpace(a.Ort) == "" {
				k.report(codeOrt, anschriftPath(&s.Person, i, j)+leaf("ort", a.Ort), "")
			} else if _, clean := latin.Check(a.Ort, latin.B); clean && k.Fits != nil && !k.Fits(a.Postleitzahl, a.Ort) {
				k.report(codePLZOrt, anschriftPath(&s.Person, i, j)+"/ort", "")
			}
		}
	}
}

// routing reports what RoutingAddresses stumbles over.
func routing(k *check) {
	for i := range k.e.Schuldner {
		if k.e.Wunschempfaenger != "" || !routes(k.e, i) {
			continue
		}
		p := &k.e.Schuldner[i].Person
		if j, code := choose(p.Anschriften, k.today); code != "" {
			k.report(code, anschriftPath(p, i, j), "")
		}
	}
}

// validPLZ accepts 01000 to 99999: no German postcode begins with 00.
func validPLZ(s string) bool {
	if len(s) != 5 || s < "01" {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// leaf is the step to a value, or nothing where it was not sent: a finding then points at its parent.
func leaf(name, value string) string {
	if value == "" {
		return ""
	}
	return "/" + name
}

// anschriftPath names address j of person i; below zero the person.
func anschriftPath(p *amtshilfe.Person, i, j int) string {
	path := step("/schuldner", i) + "/person"
	if j < 0 {
		return path
	}
	return path + addressPath(p, j)
}

func addressPath(p *amtshilfe.Person, j int) string {
	if p.Anschriften[j].Postfach != "" {
		return step("/adressStamm", j) + "/anschrift/anschriftPostfach"
	}
	return step("/adressStamm", j) + "/anschrift/postanschrift"
}
