package mapping

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/xmlgate"
)

//go:embed packs
var builtinFiles embed.FS

// ProfilNS is the namespace of the dAmtshilfe-Profil 1.0; Lieferung, receipts and our own messages are written in it.
const ProfilNS = "urn:damtshilfe:vollstreckungshilfe:1"

// Direction says who sends a message of a pack.
type Direction string

// The directions (profil.md 3).
const (
	DirRegister Direction = "register" // asker <-> authority server
	DirHin      Direction = "hin"      // requester -> ersuchte Behoerde
	DirZurueck  Direction = "zurueck"  // back to the requester
	DirBeide    Direction = "beide"    // either of the two
	DirGateway  Direction = "gateway"  // written by a gateway
	DirEigen    Direction = "eigen"    // a participant to its own gateway, never sent on
)

// MessageType is one message that a pack knows.
type MessageType struct {
	Root       string           // local name of the root element
	Kind       amtshilfe.Kind   // number in the profile
	Direction  Direction        // who sends it
	AnsweredBy []amtshilfe.Kind // kinds that answer it, may be empty
}

// Pack is one schema pack: a version of a standard with its schema and field maps. Read-only after loading.
type Pack struct {
	Name      string        // folder name, e.g. damtshilfe-profil-1.0
	Version   string        // dotted numbers, "1.1.0"
	Namespace string        // of the message roots
	Files     fs.FS         // root of the pack's folder
	Entry     string        // the XSD in Files that defines the roots
	Messages  []MessageType // by number
	Builtin   bool          // comes with the program; false: from packs.dir
	Shadowed  bool          // another pack of the same namespace is used instead

	maps   map[string]*messageMap // by local name of the root
	places []FieldPlace           // of all field maps, in the order of pack.yaml's messages
}

// FieldPlace is one path of a field map, for a check against the schema.
type FieldPlace struct {
	Root string         // local name of the message's root element
	At   string         // as pack.yaml writes it
	Path []xmlgate.Step // from below the root
	List bool           // the elements open a group: they need no text of their own
	Line int            // in pack.yaml
}

// Places lists every path of the pack's field maps.
func (p *Pack) Places() []FieldPlace { return p.places }

// messageMap is the compiled field map of one message.
type messageMap struct {
	root  string // local name
	kind  amtshilfe.Kind
	gate  *xmlgate.Map
	slots []slot // by field ID

	places []FieldPlace // of all its fields, for a check
}

// Packs is the set of installed packs. It is read-only and may be shared.
type Packs struct {
	all  []*Pack          // by name; shadowed ones too
	byNS map[string]*Pack // the used one per namespace
}

// List gives all packs by name, shadowed ones too.
func (p *Packs) List() []*Pack { return p.all }

// Fingerprint names the used packs, their versions and a hash of all their files: it changes whenever what they say may change.
func (p *Packs) Fingerprint() (string, error) {
	sum := sha256.New()
	var names []string
	for _, pack := range p.all {
		if pack.Shadowed {
			continue
		}
		names = append(names, pack.Name+" "+pack.Version)
		err := fs.WalkDir(pack.Files, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := fs.ReadFile(pack.Files, name)
			fmt.Fprintf(sum, "%q %q %d ", pack.Name, name, len(data))
			sum.Write(data)
			return err
		})
		if err != nil {
			return "", fmt.Errorf("read pack %s: %w", pack.Name, err)
		}
	}
	return fmt.Sprintf("%s, sha256 %.8x", strings.Join(names, ", "), sum.Sum(nil)), nil
}

// ByNamespace gives the pack that reads messages of namespace ns, or nil.
func (p *Packs) ByNamespace(ns string) *Pack { return p.byNS[ns] }
