package pipeline_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/register"
	"damtshilfe/internal/sample"
)

// asked brings a request of a requester who is reached by post only, and a question about it, to the account.
func (w *world) asked(n int) {
	w.t.Helper()
	w.reg.kanal = postal
	w.arrives("urn:3", theirs, w.ersuchenOf(theirs, n))
	w.arrives("urn:9", theirs, w.reply(amtshilfe.KindSachstandAnfrage, theirs, n))
	must(w.t, w.fetch())
}

// A requester without an electronic channel gets every answer as a letter: bundled, published and told like every other letter, in the order
// of the case, and each names the request as the requester knows it.
func TestRepliesOnPaper(t *testing.T) {
	w := newWorld(t, acknowledging)
	w.asked(7)
	kinds := []amtshilfe.Kind{amtshilfe.KindEingangsbestaetigung, amtshilfe.KindSachstandAntwort, amtshilfe.KindZahlungsmitteilung, amtshilfe.KindErgaenzung,
		amtshilfe.KindSachstandAnfrage, amtshilfe.KindAbschluss, amtshilfe.KindZurueckweisung, amtshilfe.KindWeiterleitung}
	var ids []amtshilfe.DeliveryID
	for _, k := range kinds {
		f := w.about(7, sample.Kopf(int64(70+k), 1, w.now, sample.Akteur(own, "Stadtkasse", "VH-1")))
		f.Text = "Die Schuldnerin zahlt in Raten."
		if k == amtshilfe.KindSachstandAntwort {
			f.Bezug = amtshilfe.Bezug{UUID: w.inbound("urn:9").UUID, Ersuchen: f.Bezug.UUID}
		}
		ids = append(ids, w.drop(sample.Follow(k, f)))
	}
	for range kinds { // each leaves after the one before it
		w.print()
		w.work()
	}
	for i, id := range ids {
		w.is(id, amtshilfe.Spooled)
		d := w.get(id)
		if d.Behoerde.Kennung != theirs || d.Kanal.Art != amtshilfe.KanalPost || d.MessageID != "" {
			t.Errorf("%s goes to %s by %s as %q", kinds[i], d.Behoerde.Kennung, d.Kanal.Art, d.MessageID)
		}
		ref, err := w.Reference(&d)
		must(t, err)
		if ref.Absender != theirs || ref.UUID != sample.UUID(7, 0) || ref.Vom.IsZero() || ref.Betrag == 0 || len(ref.Forderungen) == 0 {
			t.Errorf("%s: reference %+v", kinds[i], ref)
		}
		if asked := ref.Antwort == amtshilfe.KindSachstandAnfrage; asked != (kinds[i] == amtshilfe.KindSachstandAntwort) {
			t.Errorf("%s answers %s", kinds[i], ref.Antwort)
		}
	}
	if len(w.xta.taken) > 0 {
		t.Errorf("sent electronically as well: %v", w.xta.taken)
	}
	_, _, err := w.Tell(t.Context())
	must(t, err)
	for _, id := range ids {
		if said := w.read(lastReceipt(w.out(), id.Drop)); !strings.Contains(said, ">im-druck<") || !strings.Contains(said, ">postalisch<") {
			t.Errorf("%s: %s", id, said)
		}
	}
	// The centre's words move an answer on like any other letter.
	d := w.get(ids[0])
	b, err := w.ledger.Bundle(d.Sendung.Bundle)
	must(t, err)
	words := make([]string, b.Letters)
	for i := range words {
		words[i] = "eingeliefert"
	}
	w.says("a.xml", ack("Q-1", b.ID, "POSTAUFGABE", words...))
	_, _, _, err = w.Quittungen(t.Context())
	must(t, err)
	w.is(ids[0], amtshilfe.Posted)
}

// lastReceipt is the newest receipt of a drop.
func lastReceipt(names []string, id amtshilfe.DropID) string {
	list := receipts(names, id)
	return list[len(list)-1]
}

// A requester answers the question of a holder who is reached by post.
func TestRequesterAnswersOnPaper(t *testing.T) {
	w := newWorld(t)
	id := w.letter(1)
	w.print()
	w.is(id, amtshilfe.Spooled)
	answer := w.drop(w.follow(amtshilfe.KindSachstandAntwort, 1))
	w.print()
	w.is(answer, amtshilfe.Spooled)
	d := w.get(answer)
	if ref, err := w.Reference(&d); err != nil || ref.Absender != own {
		t.Errorf("%+v, %v", ref, err)
	}
}

// An answer whose request cannot be read any more is asked about; its neighbours are printed.
func TestReplyToALostRequest(t *testing.T) {
	w := newWorld(t)
	w.asked(7)
	other := w.letter(1)
	lost := w.drop(w.follow(amtshilfe.KindEingangsbestaetigung, 7))
	in := w.inbound("urn:3")
	must(t, os.Remove(filepath.Join(w.dir, "store", in.ID.Dir(), string(in.ID)+".msg")))
	w.print()
	w.is(other, amtshilfe.Spooled)
	w.is(lost, amtshilfe.Held, "REGEL-DOKUMENT")
}

// A 014 is never a letter, whatever the directory or a person says; an answer that does not get through may become one.
func TestWhatIsNeverALetter(t *testing.T) {
	w := newWorld(t, onPaper(24*time.Hour))
	w.arrives("urn:x", theirs, []byte("<a><b></a>"))
	must(t, w.fetch())
	w.work()
	back := amtshilfe.DeliveryID{Seq: 1}
	drops, err := w.ledger.Drops(10)
	must(t, err)
	for _, d := range drops {
		if strings.HasPrefix(d.Name, "014_") {
			back.Drop = d.ID
		}
	}
	if back.Drop == "" {
		t.Fatal("no 014 was made")
	}
	d := w.get(back)
	if d.State != amtshilfe.Sent || w.MayPrint(&d) {
		t.Errorf("%s is %s, on paper %v", d.Kind, d.State, w.MayPrint(&d))
	}
	for _, k := range []amtshilfe.Kind{amtshilfe.KindErsuchen, amtshilfe.KindAbschluss, amtshilfe.KindErgaenzung} {
		other := ledger.Delivery{Delivery: d.Delivery}
		if other.Kind = k; !w.MayPrint(&other) {
			t.Errorf("%s may not be printed", k)
		}
	}
}

// A letter knows the Land of its addressee from the directory's answer, as it was when the message was tied to it.
func TestLetterKnowsTheLand(t *testing.T) {
	w := newWorld(t)
	w.reg.answer = func(register.Question) amtshilfe.Zustaendigkeit {
		z := w.reg.all()
		z.Kanaele, z.Behoerde.Land = []amtshilfe.Kanal{postal}, "SN"
		return z
	}
	w.sent(1)
	w.restart()
	w.print()
	letters, err := w.LettersOf(w.bundle().ID)
	must(t, err)
	if len(letters) != 1 || letters[0].Land != "SN" {
		t.Errorf("%d letters, to %q", len(letters), letters[0].Land)
	}
}

// An answer on paper that comes back waits for its sender, and goes out again in another bundle; a process that ends anywhere on the way
// prints nothing twice.
func TestReturnedReply(t *testing.T) {
	w := newWorld(t, acknowledging)
	w.asked(7)
	w.restart()
	id := w.drop(w.follow(amtshilfe.KindEingangsbestaetigung, 7))
	w.restart()
	w.print()
	w.restart()
	w.print()
	first := w.bundle()
	w.says("1.xml", ack("q1", first.ID, "POSTAUFGABE", "eingeliefert"))
	w.says("2.xml", ack("q2", first.ID, "RUECKLAUF", "ruecklaeufer"))
	for range 2 {
		_, _, _, err := w.Quittungen(t.Context())
		must(t, err)
	}
	w.is(id, amtshilfe.Returned, "DRUCK-RUECKLAUF")
	must(t, w.Release(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "Anschrift berichtigt"}))
	w.work()
	w.restart()
	w.print()
	w.print()
	w.is(id, amtshilfe.Spooled)
	d := w.get(id)
	bundles, err := w.ledger.Bundles(10)
	must(t, err)
	if d.Sendung.Bundle == first.ID || len(bundles) != 2 {
		t.Errorf("%d bundles, the letter is in %s after %s", len(bundles), d.Sendung.Bundle, first.ID)
	}
	letters, err := w.LettersOf(d.Sendung.Bundle)
	must(t, err)
	if len(letters) != 1 || letters[0].Nachdruck.Bundle != first.ID || letters[0].Reference.Absender != theirs {
		t.Errorf("%+v", letters)
	}
}
