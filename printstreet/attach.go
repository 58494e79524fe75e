package printstreet

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// anlage is an attachment as it goes beside the letter: unchanged, a file of its own.
type anlage struct {
	name string // as the sender called it; printed on the letter only
	data []byte
}

// attachments decodes the PDFs of a message, whatever kind it is.
func (s *setter) attachments(m *amtshilfe.Message) []anlage {
	list := m.Anhaenge
	if m.Ersuchen != nil {
		list = append(list[:len(list):len(list)], m.Ersuchen.Anhaenge...)
	}
	var out []anlage
	for i, a := range list {
		data, err := decodeBase64(a.Inhalt)
		if err != nil || !bytes.HasPrefix(data, []byte("%PDF-")) {
			s.fail("DRUCK-ANHANG", amtshilfe.OwnerMandant, "Anhang %d ist kein lesbares PDF und kann nicht gedruckt werden.", i+1)
			return nil
		}
		if sum := sha256.Sum256(data); a.SHA256 != "" && !strings.EqualFold(a.SHA256, hex.EncodeToString(sum[:])) {
			s.fail("DRUCK-ANHANG", amtshilfe.OwnerMandant, "Die Prüfsumme von Anhang %d stimmt nicht mit seinem Inhalt überein.", i+1)
			return nil
		}
		out = append(out, anlage{a.Dateiname, data})
	}
	return out
}

// decodeBase64 reads xs:base64Binary: white space anywhere is allowed.
func decodeBase64(text []byte) ([]byte, error) {
	clean := make([]byte, 0, len(text))
	for _, c := range text {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			clean = append(clean, c)
		}
	}
	out := make([]byte, base64.StdEncoding.DecodedLen(len(clean)))
	n, err := base64.StdEncoding.Decode(out, clean)
	return out[:n], err
}
