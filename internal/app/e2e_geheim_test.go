package app_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/sample"
)

// logBuffer keeps what is logged.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// marke is planted into every personal field; nothing else says it.
const marke = "Geheim"

// geheimes is a request in which every text of a person, a case or an account is the marker. UUID, kennung and verfahren are no such
// texts, and what a receipt has a field of its own for is told there: the sender's Aktenzeichen and Kassenzeichen.
func geheimes(seed int64, value string, fix func(*sample.Spec)) []byte {
	doc := ersuchen(seed, func(s *sample.Spec) {
		p := person(s)
		p.Titel, p.Geburtsname = "Dr.", "x"
		p.Kommunikation = []amtshilfe.Kommunikation{{Kennung: "x", Kanal: "003"}}
		a := anschrift(s)
		a.Zusatz, a.HausnummerZusatz, a.Ortsteil = "x", "x", "x"
		s.Schuldner[0].Schutzvermerk = []amtshilfe.Schutzvermerk{{Art: "auskunftssperre", Text: "x"}}
		s.Schuldner[0].Insolvenz = &amtshilfe.Insolvenz{Gericht: "x", Aktenzeichen: "x", EroeffnetAm: tag(2026, 1, 2), Anspruch: "neuforderung"}
		s.WeitereErsuchen = []string{"x, x"}
		s.Glaeubiger, s.GlaeubigerKassenzeichen = "x", "x"
		s.Forderungen[0].Zahlungsgrund = "x"
		s.Gefahr, s.GefahrText = "liegt-vor", "x"
		s.Anhaenge = []amtshilfe.Anhang{sample.PDF("x", "x")}
		if fix != nil {
			fix(s)
		}
	})
	return personal.ReplaceAll(doc, []byte("<$1>"+value+"</$1>"))
}

// personal finds the elements whose text belongs to persons or cases, but for the places that routing reads.
var personal = regexp.MustCompile(`<((?:xfn:(?:anrede|titel|name|strasse|hausnummer|hausnummernzusatz|ortsteil|adressierungszusatz|kennung|empfaenger|buchungstext|buchungsnummer|zahlungsgrund))|` +
	`(?:vh:(?:gericht|aktenzeichen|text|erlassendeStelle|gegenstand|behoerde|name|kontoinhaber|verwendungszweck|beschreibung|funktion|dateiname|kassenzeichen)))>[^<]*</[a-zA-Z:]+>`)

// geheim: whatever is wrong with a message, no finding, no receipt, no log, no reason and no audit row shows what it says of persons.
func (k *korpusRun) geheim(t *testing.T, log *logBuffer) {
	leaf := regexp.MustCompile(`<([a-zA-Z:]+)>[^<]+</[a-zA-Z:]+>`)
	every := leaf.ReplaceAllFunc(geheimes(30_004, marke, nil), func(e []byte) []byte {
		if name := string(leaf.FindSubmatch(e)[1]); name != "vh:nachrichtenUUID" && name != "vh:kennung" && name != "vh:verfahren" {
			return []byte("<" + name + ">" + marke + "</" + name + ">")
		}
		return e
	})
	attributes := regexp.MustCompile(`(listURI|listVersionID|produkt|titel|id|version|test)="[^"]*"`).ReplaceAll(geheimes(30_005, marke, nil), []byte(`$1="`+marke+`"`))
	attributes = replaced(attributes, `<?xml version="`+marke+`"`, `<?xml version="1.0"`)
	drops := map[string][]byte{
		"geheim-gut.xml":       geheimes(30_001, marke, nil),
		"geheim-zeichen.xml":   geheimes(30_002, marke+"\u2013\u00a0 7\u0085", nil),
		"geheim-wartet.xml":    geheimes(30_003, marke, func(s *sample.Spec) { anschrift(s).Staat = "151" }),
		"geheim-schema.xml":    every,
		"geheim-attribute.xml": attributes,
		"geheim-offen.xml":     replaced(geheimes(30_006, marke, nil), "</vh:gegenstand>", "&"+marke+";</vh:gegenstand>"),
		"geheim-falsch.xml":    replaced(geheimes(30_007, marke, nil), "</vh:gegenstand>", "</vh:"+marke+">"),
		"geheim-register.xml":  geheimes(30_008, marke, func(s *sample.Spec) { anschrift(s).Postleitzahl, anschrift(s).Ort = "99999", marke }),
		"geheim-iban.xml":      geheimes(30_009, marke, func(s *sample.Spec) { s.Bankverbindung.IBAN = "DE00GEHEIM0000000000" }),
	}
	drops["geheim-archiv.zip"] = zipped("a.xml", drops["geheim-schema.xml"], "b.xml", replaced(drops["geheim-zeichen.xml"], sample.UUID(30_002, 0), sample.UUID(30_010, 0)))
	before := len(k.world.drops(t))
	for name, data := range drops {
		k.put(t, k.Sender.In, name, data)
	}
	k.settle(t, before+len(drops))
	shows := func(where, text string) {
		if i := strings.Index(strings.ToLower(text), strings.ToLower(marke)); i >= 0 {
			t.Errorf("%s shows it: …%s", where, text[max(i-200, 0):min(i+60, len(text))])
		}
	}
	own := regexp.MustCompile(`<v:(aktenzeichen|kassenzeichen|dateiname)>[^<]*</v:`)
	for name := range drops {
		d := k.drop(t, k.Sender.Account, name)
		list := messages(t, k.a.Ledger, d.ID)
		told := 0
		for _, m := range list {
			told += len(m.Findings)
			findings, _ := json.Marshal([]any{m.Findings, m.Hold})
			shows(name+": a finding", string(findings))
		}
		if told+len(d.Findings) == 0 && name != "geheim-gut.xml" && name != "geheim-register.xml" {
			t.Errorf("%s has no finding", name)
		}
		findings, _ := json.Marshal(d.Findings)
		shows(name+": a finding", string(findings))
		for n := 1; n <= d.Receipts; n++ {
			_, file := receipt(t, k.Sender.Out, d, n)
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			shows(filepath.Base(name)+": a receipt", own.ReplaceAllString(string(data), ""))
		}
		if reason, err := k.a.Spool.ReadReason(d.ID); err == nil {
			shows(name+": reason.json", strings.ReplaceAll(string(reason), name, ""))
		}
	}
	shows("the log", strings.ReplaceAll(log.String(), "geheim-", ""))
}
