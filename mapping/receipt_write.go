package mapping

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// namespaces of what we write: v is the profile, x is XFinanz.
var namespaces = []string{"xmlns:v", ProfilNS, "xmlns:x", "xFinanz310"}

// WriteReceipt writes a v:lieferquittung. The same input gives the same bytes. An error of lines ends the writing and is returned:
// the file is then incomplete and must not be published.
func WriteReceipt(w io.Writer, r Receipt, lines iter.Seq2[Line, error]) error {
	x := newXMLWriter(w)
	x.open("v:lieferquittung", namespaces...)
	x.receiptHead(r)
	if lines != nil {
		for l, err := range lines {
			if err != nil {
				return fmt.Errorf("write receipt: %w", err)
			}
			x.line(l)
		}
	}
	x.close("v:lieferquittung")
	if err := x.flush(); err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	return nil
}

// receiptHead writes everything before the first nachricht.
func (x *xmlWriter) receiptHead(r Receipt) {
	x.open("v:lieferung")
	x.leaf("v:dateiname", r.Name)
	x.leaf("v:sha256", hex.EncodeToString(r.SHA256[:]))
	x.num("v:groesse", r.Size)
	if r.Kopf != nil {
		x.lieferkopf(*r.Kopf)
	}
	x.close("v:lieferung")
	x.leaf("v:lieferungID", kennung(string(r.Drop)))
	x.num("v:nummer", int64(r.Number))
	x.time("v:eingegangenAm", r.ReceivedAt)
	x.time("v:erstelltAm", r.CreatedAt)
	x.leaf("v:betriebsart", string(r.Betriebsart))
	x.opt("v:pruefkette", r.AuditHead)
	x.bool("v:abgeschlossen", r.Closed)
	x.leaf("v:ergebnis", string(r.Ergebnis))
	for _, s := range orderedSums(r.Sums) {
		x.open("v:summe")
		x.leaf("v:status", string(s.Status))
		x.num("v:anzahl", int64(s.Count))
		x.leaf("v:betrag", s.Betrag.XML())
		x.close("v:summe")
	}
	if r.NextID > 0 {
		x.num("v:naechsteUebertragungsID", r.NextID)
	}
	if r.DuplicateOf != "" {
		x.leaf("v:ersteLieferung", kennung(string(r.DuplicateOf)))
	}
	for _, f := range r.findings() {
		x.befund("v:befund", f)
	}
}

// orderedSums sorts a copy by the order of the statuses.
func orderedSums(sums []Sum) []Sum {
	sorted := slices.Clone(sums)
	slices.SortStableFunc(sorted, func(a, b Sum) int {
		return cmp.Compare(slices.Index(amtshilfe.Statuses, a.Status), slices.Index(amtshilfe.Statuses, b.Status))
	})
	return sorted
}

// line writes one nachricht.
func (x *xmlWriter) line(l Line) {
	x.open("v:nachricht")
	x.num("v:position", int64(l.Position))
	x.opt("v:eintrag", l.Entry)
	x.opt("v:nachrichtenUUID", l.UUID)
	x.opt("v:aktenzeichen", l.Aktenzeichen)
	x.opt("v:kassenzeichen", l.Kassenzeichen)
	if l.Betrag != 0 {
		x.leaf("v:betrag", l.Betrag.XML())
	}
	x.bool("v:kennzeichenOK", l.Status != amtshilfe.StatusAbgewiesen)
	if l.DuplicateOf != "" {
		x.leaf("v:duplikatVon", kennung(l.DuplicateOf))
	}
	x.leaf("v:status", string(l.Status))
	for _, f := range l.Findings {
		x.befund("v:fehlertext", f)
	}
	if q := l.Question; q != nil {
		x.open("v:rueckfrage")
		x.leaf("v:grund", kennung(q.Code))
		x.leaf("v:text", freeText(q.Text))
		x.leaf("v:zustaendig", string(q.Owner))
		x.date("v:bis", q.Until)
		x.close("v:rueckfrage")
	}
	if u := l.Uebermittlung; u != nil {
		x.uebermittlung(*u)
	}
	x.close("v:nachricht")
}

func (x *xmlWriter) uebermittlung(u Uebermittlung) {
	x.open("v:uebermittlung")
	x.leaf("v:weg", string(u.Weg))
	x.time("v:zeitpunkt", u.Zeitpunkt)
	if u.Empfaenger != nil {
		x.behoerde("v:empfaenger", *u.Empfaenger)
	}
	x.optZeile("v:registerstand", u.Registerstand)
	x.date("v:voraussichtlichAm", u.Expected)
	x.optZeile("v:transportID", u.TransportID)
	x.close("v:uebermittlung")
}

// ReceiptName is the file name of receipt n of a drop: "<name>.<dropID>.<n>.quittung.<format>" (profil.md 5).
func ReceiptName(dropName string, id amtshilfe.DropID, n int, format ReceiptFormat) string {
	return outName(dropName, id, n) + ".quittung." + string(format)
}

// InfosName is the file name of the container of 013 that lies beside receipt n.
func InfosName(dropName string, id amtshilfe.DropID, n int) string {
	return outName(dropName, id, n) + ".uebermittlung.xml"
}

// InfoName is the file name of the one 013 about message seq that lies beside receipt n, for accounts that want them as files.
func InfoName(dropName string, id amtshilfe.DropID, n, seq int) string {
	return outName(dropName, id, n) + "." + strconv.Itoa(seq) + ".uebermittlung.xml"
}

func outName(dropName string, id amtshilfe.DropID, n int) string {
	return safeName(dropName) + "." + string(id) + "." + strconv.Itoa(n)
}

// safeName keeps letters, digits and ._- of a dropped name, other bytes become _, at most 150 bytes. A leading dot becomes _ too: it
// would hide the receipt.
func safeName(name string) string {
	const longest = 150
	var b strings.Builder
	for i := range min(len(name), longest) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.' && i > 0:
			b.WriteByte(c)
		default:
			b.WriteByte('_')
		}
	}
	if b.Len() == 0 {
		return "_"
	}
	return b.String()
}
