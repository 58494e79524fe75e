package printstreet

import (
	_ "embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed texts.yaml
var textFile []byte

// vorlage is the texts for one pair of Laender and some kinds of requester.
type vorlage struct {
	Von       string   `yaml:"von"`       // Land of the requester
	An        string   `yaml:"an"`        // Land of the addressee
	Art       []string `yaml:"art"`       // kinds of requester
	Grundlage string   `yaml:"grundlage"` // sentence behind the certificate of a 003, "" = none
	Abschluss string   `yaml:"abschluss"` // last sentence of a 003
	// Einstellung is the sentence behind the contents of an 008, "" = none.
	Einstellung string `yaml:"einstellung"`
	Gesetz      string `yaml:"gesetz"` // how the sentences call the statute; no other template may name it but for the same Land
	Quelle      string `yaml:"quelle"` // statute
	Stand       string `yaml:"stand"`  // of the text that was read: YYYY-MM or YYYY-MM-DD
}

// texts is texts.yaml.
type texts struct {
	Version  string    `yaml:"version"`
	Neutral  vorlage   `yaml:"neutral"`
	Vorlagen []vorlage `yaml:"vorlagen"`
}

var stand = regexp.MustCompile(`^20[0-9]{2}-[0-9]{2}(-[0-9]{2})?$`)

// loadTexts parses the embedded texts once per process.
var loadTexts = sync.OnceValues(func() (*texts, error) { return parseTexts(textFile) })

func parseTexts(data []byte) (*texts, error) {
	t := &texts{}
	if err := yaml.UnmarshalWithOptions(data, t, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("texts of letters: %w", err)
	}
	if t.Version == "" || t.Neutral.Abschluss == "" || strings.Contains(t.Neutral.Grundlage+t.Neutral.Abschluss+t.Neutral.Einstellung, "§") {
		return nil, errors.New("texts of letters: want a version and neutral texts that name no statute")
	}
	for i, v := range t.Vorlagen {
		if len(v.Von) != 2 || len(v.An) != 2 || len(v.Art) == 0 || v.Abschluss == "" || v.Gesetz == "" || v.Quelle == "" || !stand.MatchString(v.Stand) {
			return nil, fmt.Errorf("texts of letters: entry %d wants von, an, art, abschluss, gesetz, quelle and stand", i+1)
		}
		for _, sentence := range []string{v.Grundlage, v.Abschluss, v.Einstellung} {
			if strings.Contains(sentence, "§") && !strings.Contains(sentence, v.Gesetz) {
				return nil, fmt.Errorf("texts of letters: entry %d names a paragraph without its statute %q", i+1, v.Gesetz)
			}
		}
	}
	return t, nil
}

// of chooses the texts of a letter: both Laender and the kind of requester must fit, or they are the neutral ones.
func (t *texts) of(l *Letter) vorlage {
	st := l.stationery()
	for _, v := range t.Vorlagen {
		if v.Von == st.Land && v.An == l.Land && slices.Contains(v.Art, st.Art) {
			return v
		}
	}
	return t.Neutral
}

// TemplateVersion names the form of the letters of this program: their texts and layout. A print profile lists those that it has
// released.
const TemplateVersion = "3"
