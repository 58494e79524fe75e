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
	return t, checkVorlagen(t.Vorlagen)
}

// checkVorlagen says what is wrong with templates: each names its statute, its source and its state, and no two are for the same letter.
func checkVorlagen(list []vorlage) error {
	seen := map[string]bool{}
	for i, v := range list {
		if !isLand(v.Von) || !isLand(v.An) || len(v.Art) == 0 || v.Abschluss == "" || v.Gesetz == "" || v.Quelle == "" || !stand.MatchString(v.Stand) {
			return fmt.Errorf("texts of letters: entry %d wants von, an, art, abschluss, gesetz, quelle and stand", i+1)
		}
		for _, sentence := range v.sentences() {
			if strings.Contains(sentence, "§") && !strings.Contains(sentence, v.Gesetz) {
				return fmt.Errorf("texts of letters: entry %d names a paragraph without its statute %q", i+1, v.Gesetz)
			}
			if len(sentence) > 1000 {
				return fmt.Errorf("texts of letters: entry %d has a sentence of more than 1000 bytes", i+1)
			}
		}
		for _, art := range v.Art {
			key := v.Von + " " + v.An + " " + art
			if seen[key] || !slices.Contains([]string{"kommune", "land", "bund", "koerperschaft"}, art) {
				return fmt.Errorf("texts of letters: entry %d is for %q: no kind of requester, or there is one for it already", i+1, key)
			}
			seen[key] = true
		}
	}
	return nil
}

// isLand says that a word is one of the sixteen; those of a profile's days know Germany as well.
func isLand(word string) bool { return word != "DE" && slices.Contains(laender, word) }

func (v *vorlage) sentences() []string { return []string{v.Grundlage, v.Abschluss, v.Einstellung} }

// Texts are an operator's own sentences, beside the built-in ones and before them. Whoever adds them answers for what they say.
type Texts struct {
	Version  string    `yaml:"version"` // part of the form of the letters: another one wants another release
	Vorlagen []vorlage `yaml:"vorlagen"`
}

// ReadTexts reads a file of texts: version and vorlagen as in texts.yaml. What the print fonts cannot show is refused here, not at the letter.
func ReadTexts(data []byte) (*Texts, error) {
	t := &Texts{}
	if err := yaml.UnmarshalWithOptions(data, t, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("texts of letters: %w", err)
	}
	if !textVersion.MatchString(t.Version) || len(t.Vorlagen) == 0 {
		return nil, errors.New("texts of letters: want a version of letters, digits, dots and dashes, and vorlagen")
	}
	if err := checkVorlagen(t.Vorlagen); err != nil {
		return nil, err
	}
	fonts, err := loadFonts()
	if err != nil {
		return nil, err
	}
	for i := range t.Vorlagen {
		if why := fonts.check(strings.Join(t.Vorlagen[i].sentences(), " ")); why != "" {
			return nil, fmt.Errorf("texts of letters: entry %d: %s", i+1, why)
		}
	}
	return t, nil
}

// Use is a letter that a text is for.
type Use struct {
	Von, An string // Land of the requester, and of the addressee
	Art     string // kind of requester
}

// Uses gives a use of each text.
func (t *Texts) Uses() (list []Use) {
	for _, v := range t.Vorlagen {
		list = append(list, Use{v.Von, v.An, v.Art[0]})
	}
	return list
}

var textVersion = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,39}$`)

// textsOf chooses the texts of a letter: both Laender and the kind of requester must fit, or they are the neutral ones.
func (s *setter) textsOf(l *Letter) vorlage {
	st := l.stationery()
	fits := func(v vorlage) bool { return v.Von == st.Land && v.An == l.Land && slices.Contains(v.Art, st.Art) }
	if own := s.profile.Texts; own != nil {
		if i := slices.IndexFunc(own.Vorlagen, fits); i >= 0 {
			return own.Vorlagen[i]
		}
	}
	if i := slices.IndexFunc(s.texts.Vorlagen, fits); i >= 0 {
		return s.texts.Vorlagen[i]
	}
	return s.texts.Neutral
}

// TemplateVersion names the form of the letters of this program: their texts and layout. A print profile lists those that it has
// released.
const TemplateVersion = "4"

// Template names the form of the letters that are printed with the profile: that of this program, with the operator's own texts.
func (p *Profile) Template() string {
	if p.Texts == nil {
		return TemplateVersion
	}
	return TemplateVersion + "+" + p.Texts.Version
}
