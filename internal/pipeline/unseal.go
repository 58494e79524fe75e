package pipeline

import (
	"errors"
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/ledger"
	"damtshilfe/internal/xenc"
	"damtshilfe/internal/xta"
)

// Why a message stays in its mailbox, not closed.
var (
	faultSealed = fault("XTA-SCHLUESSEL", amtshilfe.OwnerBetrieb,
		"Die Nachricht lässt sich mit keinem der eingetragenen Schlüssel öffnen%s; sie bleibt im Postfach und wird abgeholt, sobald der Schlüssel da ist.")
	faultCipher = fault("XTA-VERFAHREN", amtshilfe.OwnerBetrieb,
		"Die Nachricht ist mit einem Verfahren verschlüsselt, das hier nicht angenommen wird; sie bleibt im Postfach, der Betrieb klärt das mit dem Absender.")
)

// opened is the document in a content: that of an encrypted one is what a key of the account makes of it. A Fault says that the message
// cannot be taken in now. What opens and is no container is taken in as it is, and judged like every other message that is no message.
func (p *Pipeline) opened(a Account, c xta.Content) (xta.Octets, error) {
	if !c.Encrypted() {
		return c.Data, nil
	}
	data, err := c.Sealed()
	if err != nil {
		return nil, err
	}
	readers := data.Readers()
	plain, err := p.ring(a.Name).Open(data)
	if errors.Is(err, xenc.ErrOpen) {
		f := *faultSealed
		f.Text, f.Err = fmt.Sprintf(f.Text, named(readers)), err
		return nil, &f
	}
	if err != nil {
		f := *faultCipher
		f.Err = err
		return nil, &f
	}
	inner, err := xta.ReadContainer(plain, data.Head)
	if err != nil {
		return xta.Bytes(plain), nil //nolint:nilerr // malformed inside: the sender gets a 014 as for everything malformed
	}
	return inner.Data, nil
}

// named tells people which key to look for.
func named(readers [][32]byte) string {
	if len(readers) == 0 {
		return ""
	}
	var list []string
	for _, sum := range readers[:min(len(readers), 3)] {
		list = append(list, fmt.Sprintf("%x", sum)[:16])
	}
	return " (verschlüsselt für das Zertifikat " + strings.Join(list, ", ") + ")"
}

// ring is the account's keys.
func (p *Pipeline) ring(account string) xenc.Keyring {
	if p.Keys == nil {
		return nil
	}
	return p.Keys(account)
}

// tried says that the keys that are here were tried on a sealed message, and that nobody asked to try them again.
func (p *Pipeline) tried(in ledger.Inbound) bool {
	with, tried := p.keyring.tried.Load(in.ID)
	return tried && in.Question != nil && with == p.ring(in.Account).String()
}

// keepSealed books a message that cannot be opened: it is shown to a person, stays in its mailbox, and its neighbours go on.
func (p *Pipeline) keepSealed(in ledger.Inbound, f *amtshilfe.Fault) error {
	before := in.Question
	if in.Question = p.question(f.Code, f.Text, f.Owner, ""); before != nil {
		in.Question.Until = before.Until // a try with other keys gives no new term
	}
	p.keyring.tried.Store(in.ID, p.ring(in.Account).String())
	p.Log.Warn("inbound message stays in its mailbox", "inbound", in.ID, "account", in.Account, "code", f.Code, "err", f.Err)
	return p.Ledger.KeepSealed(in)
}
