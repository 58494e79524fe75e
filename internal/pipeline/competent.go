package pipeline

import (
	"net/url"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/rules"
)

// Faults of the directory: facts about the data, so they wait for a person instead of being retried.
var (
	faultNobody = fault("ZUST-NIEMAND", amtshilfe.OwnerRegisterpflege,
		"Für diese Einnahmeart und Anschrift ist keine Vollstreckungsbehörde im Zuständigkeitsregister eingetragen; die Registerpflege prüft das.")
	faultAmbiguous = fault("ZUST-MEHRDEUTIG", amtshilfe.OwnerRegisterpflege,
		"Für die Anschrift kommen mehrere Vollstreckungsbehörden in Betracht; bitte die Anschrift ergänzen oder die Behörde benennen.")
	faultSeveral = fault("ZUST-VERSCHIEDENE-BEHOERDEN", amtshilfe.OwnerMandant,
		"Die Schuldner wohnen in den Bezirken verschiedener Vollstreckungsbehörden; bitte für jede Behörde ein eigenes Ersuchen stellen.")
	faultNoChannel = fault("ZUST-KEIN-KANAL", amtshilfe.OwnerBetrieb,
		"Die Vollstreckungsbehörde ist weder elektronisch noch mit der Post erreichbar; der Betrieb klärt den Weg.")
	faultNoAnswer = fault("ZUST-KEINE-ANTWORT", amtshilfe.OwnerBetrieb,
		"Das Zuständigkeitsregister antwortet seit langem nicht; der Betrieb klärt das.")
	faultUnknownReader = fault("ZUST-UNBEKANNT", amtshilfe.OwnerRegisterpflege,
		"Die benannte Behörde steht nicht im Zuständigkeitsregister; bitte die Kennung prüfen.")
)

func fault(code string, owner amtshilfe.Owner, text string) *amtshilfe.Fault {
	return &amtshilfe.Fault{Verdict: amtshilfe.Hold, Code: code, Owner: owner, Text: text}
}

// decideRequest turns the answers for one 003 into its next state.
func (p *Pipeline) decideRequest(d *ledger.Delivery, answers []amtshilfe.Zustaendigkeit) {
	z, f := single(answers)
	if f == nil && d.Wunschempfaenger != "" && z.IsZero() {
		f = faultUnknownReader
	}
	if f == nil && z.IsZero() {
		f = faultNobody
	}
	if f != nil {
		d.Regel = ruleOf(z)
		p.hold(d, f.Code, f.Text, f.Owner, amtshilfe.Valid)
		return
	}
	if z.Behoerde.Kennung == d.Absender || p.accounts[d.Account].Owns(z.Behoerde.Kennung) {
		d.State, d.Regel = amtshilfe.Rejected, ruleOf(z)
		note(d, rules.Own())
		rest(d)
		return
	}
	if old, tooOld := rules.TooOld(d.ErsuchenVom, p.Now()); tooOld && !d.Confirmed {
		p.hold(d, old.Code, old.Text, old.Owner, amtshilfe.Valid)
		return
	}
	p.address(d, z)
}

// single reduces the answers for several debtors to one, or says why that cannot be.
func single(answers []amtshilfe.Zustaendigkeit) (amtshilfe.Zustaendigkeit, *amtshilfe.Fault) {
	var z amtshilfe.Zustaendigkeit
	for i, a := range answers {
		if len(a.Kandidaten) > 0 {
			return a, faultAmbiguous
		}
		if i > 0 && a.Behoerde.Kennung != z.Behoerde.Kennung {
			return a, faultSeveral
		}
		z = a
	}
	return z, nil
}

// address ties the delivery to an authority and the way that reaches it.
func (p *Pipeline) address(d *ledger.Delivery, z amtshilfe.Zustaendigkeit) {
	kanal, ok := z.Kanal()
	if !d.Replaces.IsZero() { // what became a letter stays one
		kanal, ok = amtshilfe.Kanal{Art: amtshilfe.KanalPost}, true
	}
	kanal.Betriebsart = d.Betriebsart // the register answers each Betriebsart from entries of its own
	d.Behoerde, d.Kanal, d.Regel = z.Behoerde, kanal, ruleOf(z)
	if ok && p.enqueue(d) {
		d.State = amtshilfe.Resolved
		return
	}
	f := noChannel(kanal.Grund)
	p.hold(d, f.Code, f.Text, f.Owner, amtshilfe.Valid)
}

// enqueue puts a resolved delivery into the lane of its Kanal; false if no lane serves it.
func (p *Pipeline) enqueue(d *ledger.Delivery) bool {
	switch d.Kanal.Art {
	case amtshilfe.KanalXTA:
		u, err := url.Parse(d.Kanal.Rechenzentrum.Send)
		if err != nil || u.Host == "" {
			return false
		}
		d.Lane, d.Dest, d.DueAt = ledger.LaneSend, u.Host, p.Now()
	case amtshilfe.KanalPost:
		profile := p.accounts[d.Account].PrintProfile
		// A delivery uses only sinks of its own Betriebsart; Collect compares again in its transaction.
		if pr, ok := p.cfg.Profiles[profile]; !ok || pr.Betriebsart != d.Betriebsart {
			return false
		}
		d.Lane, d.Dest, d.DueAt = ledger.LanePrint, profile, p.Now()
	default:
		return false
	}
	d.Attempts = 0
	return true
}
