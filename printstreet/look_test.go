package printstreet_test

import (
	"os"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

func TestLook(t *testing.T) {
	m := withAttachments(ersuchen(), "bescheid.pdf")
	m.Ersuchen.Gefahr, m.Ersuchen.GefahrText = "liegt-vor", "Der Schuldner hat am 03.02.2025 einen Vollziehungsbeamten bedroht; im Haushalt lebt ein großer Hund."
	for name, l := range map[string]printstreet.Letter{"a": letter(1, ersuchen()), "b": letter(2, withClaims(m, 120)), "c": func() printstreet.Letter { l := letter(3, einstellung()); l.Reference = reference(); return l }()} {
		p := printstreet.TestProfile()
		if name == "a" {
			l.Betriebsart, p.Betriebsart = amtshilfe.Produktion, amtshilfe.Produktion
		}
		b, err := printstreet.RenderLetter(l, p)
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile("/tmp/look_"+name+".pdf", b, 0o644)
	}
}
