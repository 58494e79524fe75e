package app_test

import (
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/register"
	"damtshilfe/internal/register/store"
)

// TestTheLastQuestionsAreAskedAgain: what gateways asked the server is what a new version is compared by, without street and name.
func TestTheLastQuestionsAreAskedAgain(t *testing.T) {
	a := newAuthorities(t)
	a.start("primary", nil)
	c := a.client()
	art := amtshilfe.Einnahmeart{List: register.EinnahmeartList, Version: register.EinnahmeartVersion, Code: "100"}
	if _, err := c.Lookup(t.Context(), art, amtshilfe.Postanschrift{Postleitzahl: "24103", Ort: "Kiel", Strasse: "Geheimer Weg", Hausnummer: "7"}, amtshilfe.Test); err != nil {
		t.Fatal(err)
	}
	beside, err := store.Open(a.path("primary"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	var questions []store.Question
	a.until("the server has written the question", func() bool {
		questions, err = beside.LastQuestions(10)
		return err != nil || len(questions) > 0
	})
	if err != nil || len(questions) != 1 || questions[0] != (store.Question{Betriebsart: amtshilfe.Test, Einnahmeart: art, PLZ: "24103", Ort: "Kiel"}) {
		t.Fatalf("%+v, %v", questions, err)
	}
	before, v, err := beside.Current()
	if err != nil {
		t.Fatal(err)
	}
	f, _, err := beside.Get(v.Seq)
	if err != nil {
		t.Fatal(err)
	}
	for i := range f.Behoerden {
		if f.Behoerden[i].Kennung == "kka:01002000" {
			f.Behoerden[i].Gebiete = nil
		}
	}
	after, err := register.New(f)
	if err != nil {
		t.Fatal(err)
	}
	changes := store.Answers(before, after, questions)
	if len(changes) != 1 || changes[0].Before != "kka:01002000 (xta kka:01002000 rz:demo-b, post)" || changes[0].After != "niemand" {
		t.Errorf("%+v", changes)
	}
	if changes := store.Answers(after, after, questions); changes != nil {
		t.Errorf("the same directory answers differently: %+v", changes)
	}
}
