package schema

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"sync/atomic"

	"damtshilfe/internal/xmlgate"
	"damtshilfe/internal/xsd"
)

// Stats counts what became of documents in Confirm since Start.
type Stats struct {
	Accepted  uint64 // by our own validator
	Checked   uint64 // of these, by libxml2 as well
	Disagreed uint64 // not by our own, but by libxml2
	Off       bool   // libxml2 refused what our own validator had accepted: it is not asked any more
}

// ownStats are the counters behind Stats.
type ownStats struct {
	accepted, checked, disagreed atomic.Uint64
	off                          atomic.Bool
}

// Stats gives the counters.
func (v *Validator) Stats() Stats {
	return Stats{Accepted: v.own.accepted.Load(), Checked: v.own.checked.Load(), Disagreed: v.own.disagreed.Load(), Off: v.own.off.Load()}
}

// compile makes the grammar of a set. A schema with a construct that the compiler does not know is left to libxml2.
func (v *Validator) compile(s Set) {
	g, err := xsd.Compile(s.Files, s.Entry)
	if err != nil {
		v.uncompiled[s.Name] = err
		v.opts.Log.Info("schema runs on libxml2 alone", "set", s.Name, "err", err)
		return
	}
	v.grammars[s.Name] = g
}

// Uncompiled says why libxml2 judges a set alone: usually an *xsd.Unknown, with construct, file and line. nil = it does not.
func (v *Validator) Uncompiled(set string) error { return v.uncompiled[set] }

// Judge makes a judge of the named set, to follow documents while they are scanned; nil = libxml2 judges them alone. What it
// thought of a document goes to Confirm. It is not for concurrent use.
func (v *Validator) Judge(set string) xmlgate.Judge {
	g := v.grammars[set]
	if g == nil || v.own.off.Load() {
		return nil
	}
	return g.Judge()
}

// Confirm judges docs of which some were accepted by a Judge of the same set. These are valid; libxml2 judges the others, and one
// in Options.CheckEvery of the accepted ones. Should it refuse one, our own validator is wrong: from then on, and for all of
// docs, libxml2 judges alone. Results and errors are those of Validate.
func (v *Validator) Confirm(ctx context.Context, set string, docs [][]byte, accepted []bool) ([][]Violation, error) {
	if v.own.off.Load() || v.grammars[set] == nil {
		return v.Validate(ctx, set, docs)
	}
	var ask []int
	var asked [][]byte
	for i, doc := range docs {
		if accepted[i] && (v.own.accepted.Add(1)-1)%uint64(v.opts.CheckEvery) != 0 {
			continue
		}
		ask, asked = append(ask, i), append(asked, doc)
	}
	results := make([][]Violation, len(docs))
	if len(ask) == 0 {
		return results, nil
	}
	got, err := v.Validate(ctx, set, asked)
	if err != nil {
		return nil, err
	}
	for k, i := range ask {
		results[i] = got[k]
		switch {
		case accepted[i] && len(got[k]) > 0 && got[k][0].Code != 0: // a crash says nothing
			v.distrust(set, docs[i], got[k][0].Code)
			return v.Validate(ctx, set, docs)
		case accepted[i]:
			v.own.checked.Add(1)
		case got[k] == nil:
			v.own.disagreed.Add(1)
		}
	}
	return results, nil
}

// distrust switches our own validator off. The hash leads an operator to the message.
func (v *Validator) distrust(set string, doc []byte, code int) {
	v.own.off.Store(true)
	sum := sha256.Sum256(doc)
	v.opts.Log.Error("own validator accepted what libxml2 refuses; it is off until the next start", "set", set, "libxml2", code, "sha256", hex.EncodeToString(sum[:]))
}
