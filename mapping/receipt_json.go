package mapping

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// receiptSchemaID names the JSON Schema of a receipt (mapping/schema/lieferquittung.schema.json) in the receipt itself.
const receiptSchemaID = "urn:damtshilfe:lieferquittung:1"

// receiptJSON is a receipt as JSON without its messages; the names are those of the profile's schema. Amounts are strings, so that
// nobody reads them into floats.
type receiptJSON struct {
	Schema        string        `json:"schema"`
	Lieferung     lieferungJSON `json:"lieferung"`
	LieferungID   string        `json:"lieferungID"`
	Nummer        int           `json:"nummer"`
	EingegangenAm string        `json:"eingegangenAm"`
	ErstelltAm    string        `json:"erstelltAm"`
	Betriebsart   string        `json:"betriebsart"`
	Pruefkette    string        `json:"pruefkette,omitempty"`
	Abgeschlossen bool          `json:"abgeschlossen"`
	Ergebnis      Ergebnis      `json:"ergebnis"`
	Summen        []sumJSON     `json:"summen"`
	NextID        int64         `json:"naechsteUebertragungsID,omitempty"`
	ErsteLief     string        `json:"ersteLieferung,omitempty"`
	Befunde       []befundJSON  `json:"befunde"`
	Rueckfrage    *questionJSON `json:"rueckfrage,omitempty"`
}

type lieferungJSON struct {
	Dateiname  string    `json:"dateiname"`
	SHA256     string    `json:"sha256"`
	Groesse    int64     `json:"groesse"`
	Lieferkopf *kopfJSON `json:"lieferkopf,omitempty"`
}

type kopfJSON struct {
	Absender  string `json:"absender"`
	Verfahren string `json:"verfahren"`
	ID        int64  `json:"uebertragungsID"`
	Erstellt  string `json:"erstellungszeitpunkt"`
	Anzahl    int    `json:"anzahlNachrichten"`
}

type sumJSON struct {
	Status amtshilfe.Status `json:"status"`
	Anzahl int              `json:"anzahl"`
	Betrag string           `json:"betrag"`
}

type befundJSON struct {
	Schwere amtshilfe.Severity `json:"schwere"`
	Code    string             `json:"code"`
	Text    string             `json:"text"`
	Zeile   int                `json:"zeile,omitempty"`
	Spalte  int                `json:"spalte,omitempty"`
	Pfad    string             `json:"pfad,omitempty"`
}

type questionJSON struct {
	Grund      string          `json:"grund"`
	Text       string          `json:"text"`
	Zustaendig amtshilfe.Owner `json:"zustaendig"`
	Bis        string          `json:"bis,omitempty"`
}

type lineJSON struct {
	Position      int                `json:"position"`
	Eintrag       string             `json:"eintrag,omitempty"`
	UUID          string             `json:"nachrichtenUUID,omitempty"`
	Aktenzeichen  string             `json:"aktenzeichen,omitempty"`
	Kassenzeichen string             `json:"kassenzeichen,omitempty"`
	Betrag        string             `json:"betrag,omitempty"`
	KennzeichenOK bool               `json:"kennzeichenOK"`
	DuplikatVon   string             `json:"duplikatVon,omitempty"`
	Status        amtshilfe.Status   `json:"status"`
	Befunde       []befundJSON       `json:"befunde,omitempty"`
	Rueckfrage    *questionJSON      `json:"rueckfrage,omitempty"`
	Uebermittlung *uebermittlungJSON `json:"uebermittlung,omitempty"`
}

type uebermittlungJSON struct {
	Weg           Weg           `json:"weg"`
	Zeitpunkt     string        `json:"zeitpunkt"`
	Empfaenger    *behoerdeJSON `json:"empfaenger,omitempty"`
	Registerstand string        `json:"registerstand,omitempty"`
	Expected      string        `json:"voraussichtlichAm,omitempty"`
	TransportID   string        `json:"transportID,omitempty"`
}

type behoerdeJSON struct {
	Kennung        string   `json:"kennung"`
	Name           string   `json:"name"`
	Anschriftzeile []string `json:"anschriftzeilen"`
}

// WriteReceiptJSON writes a receipt as one JSON object, one message a line. The same input gives the same bytes; an error of lines is
// returned, and the file is then incomplete.
func WriteReceiptJSON(w io.Writer, r Receipt, lines iter.Seq2[Line, error]) error {
	out := bufio.NewWriterSize(w, 32<<10)
	head, err := compactJSON(headJSON(r))
	if err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	out.Write(bytes.TrimSuffix(head, []byte("}")))
	out.WriteString(`,"nachrichten":[`)
	sep := "\n"
	if lines != nil {
		for l, err := range lines {
			var one []byte
			if err == nil {
				one, err = compactJSON(l.json())
			}
			if err != nil {
				return fmt.Errorf("write receipt: %w", err)
			}
			out.WriteString(sep)
			out.Write(one)
			sep = ",\n"
		}
	}
	out.WriteString("\n]}\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write receipt: %w", err)
	}
	return nil
}

// compactJSON is v on one line; < and > stay readable.
func compactJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func headJSON(r Receipt) receiptJSON {
	h := receiptJSON{Schema: receiptSchemaID, LieferungID: kennung(string(r.Drop)), Nummer: r.Number, EingegangenAm: xmlTime(r.ReceivedAt),
		ErstelltAm: xmlTime(r.CreatedAt), Betriebsart: string(r.Betriebsart), Pruefkette: r.AuditHead, Abgeschlossen: r.Closed, Ergebnis: r.Ergebnis,
		Summen: []sumJSON{}, NextID: r.NextID, ErsteLief: string(r.DuplicateOf), Befunde: []befundJSON{}, Rueckfrage: jsonQuestion(r.Question),
		Lieferung: lieferungJSON{Dateiname: strings.ToValidUTF8(r.Name, "\uFFFD"), SHA256: hex.EncodeToString(r.SHA256[:]), Groesse: r.Size}}
	if k := r.Kopf; k != nil {
		h.Lieferung.Lieferkopf = &kopfJSON{kennung(k.Absender), zeile(k.Verfahren), max(k.UebertragungsID, 1), xmlTime(k.Erstellt), k.Anzahl}
	}
	for _, s := range orderedSums(r.Sums) {
		h.Summen = append(h.Summen, sumJSON{s.Status, s.Count, s.Betrag.XML()})
	}
	for _, f := range r.DropFindings {
		h.Befunde = append(h.Befunde, jsonBefund(f))
	}
	return h
}

func (l Line) json() lineJSON {
	j := lineJSON{Position: l.Position, Eintrag: l.Entry, UUID: l.UUID, Aktenzeichen: l.Aktenzeichen, Kassenzeichen: l.Kassenzeichen,
		KennzeichenOK: l.Status != amtshilfe.StatusAbgewiesen, DuplikatVon: l.DuplicateOf, Status: l.Status, Rueckfrage: jsonQuestion(l.Question)}
	if l.Betrag != 0 {
		j.Betrag = l.Betrag.XML()
	}
	for _, f := range l.Findings {
		j.Befunde = append(j.Befunde, jsonBefund(f))
	}
	if u := l.Uebermittlung; u != nil {
		j.Uebermittlung = &uebermittlungJSON{Weg: u.Weg, Zeitpunkt: xmlTime(u.Zeitpunkt), Expected: jsonDay(u.Expected)}
		if u.Registerstand != "" {
			j.Uebermittlung.Registerstand = zeile(u.Registerstand)
		}
		if u.TransportID != "" {
			j.Uebermittlung.TransportID = zeile(u.TransportID)
		}
		if b := u.Empfaenger; b != nil {
			j.Uebermittlung.Empfaenger = &behoerdeJSON{kennung(b.Kennung), zeile(b.Name), windowLines(*b)}
		}
	}
	return j
}

func jsonBefund(f amtshilfe.Finding) befundJSON {
	b := befundJSON{Schwere: amtshilfe.SeverityFehler, Code: kennung(f.Code), Text: freeText(f.Text), Zeile: f.Line, Pfad: f.Path}
	if f.Severity == amtshilfe.SeverityWarnung {
		b.Schwere = f.Severity
	}
	if f.Line > 0 {
		b.Spalte = f.Column
	}
	return b
}

func jsonQuestion(q *amtshilfe.Question) *questionJSON {
	if q == nil {
		return nil
	}
	return &questionJSON{Grund: kennung(q.Code), Text: freeText(q.Text), Zustaendig: q.Owner, Bis: jsonDay(q.Until)}
}

func jsonDay(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
