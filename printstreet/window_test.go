package printstreet_test

import (
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

func TestWindowFault(t *testing.T) {
	for _, tt := range []struct {
		name  string
		b     amtshilfe.Behoerde
		fault string // part of it; "" = none
	}{
		{"a usual address", amtshilfe.Behoerde{Name: "Stadt Kiel", Anschriftzeilen: []string{"Rathausplatz 1", "24103 Kiel"}}, ""},
		{"the name again in the first line", amtshilfe.Behoerde{Name: "Stadt Kiel", Anschriftzeilen: []string{"Stadt Kiel", "24103 Kiel"}}, ""},
		{"a name that is broken into more lines than the window has", amtshilfe.Behoerde{Name: strings.Repeat("Verwaltungsgemeinschaft ", 10), Anschriftzeilen: []string{"Platz 1", "24103 Kiel"}}, "im Sichtfenster ist Platz"},
		{"no postcode in the last line", amtshilfe.Behoerde{Name: "Stadt Kiel", Anschriftzeilen: []string{"Rathausplatz 1", "Kiel"}}, "Postleitzahl"},
		{"a last line too long for one", amtshilfe.Behoerde{Name: "Stadt Kiel", Anschriftzeilen: []string{"24103 " + strings.Repeat("Kielkiel ", 12)}}, "letzte Zeile"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := printstreet.TestProfile().WindowFault(tt.b)
			if err != nil {
				t.Fatal(err)
			}
			if tt.fault == "" && got != "" || !strings.Contains(got, tt.fault) {
				t.Errorf("fault %q, want %q", got, tt.fault)
			}
		})
	}
}
