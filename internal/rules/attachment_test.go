package rules_test

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/attachment"
	"damtshilfe/internal/rules"
)

const pdf = "%PDF-1.5\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\nstartxref\n0\n%%EOF\n"

func encode(s string) []byte { return []byte(base64.StdEncoding.EncodeToString([]byte(s))) }

// objStm puts objects into a compressed object stream.
func objStm(objects string) string {
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	w.Write([]byte(objects))
	w.Close()
	return strings.Replace(pdf, "startxref", "2 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length 99 >>\nstream\r\n"+z.String()+"\nendstream\nendobj\nstartxref", 1)
}

func TestAttachments(t *testing.T) {
	attached := func(a amtshilfe.Anhang) change {
		return ersuchen(func(e *amtshilfe.Ersuchen) { e.Anhaenge = []amtshilfe.Anhang{a} })
	}
	content := func(s string) change { return attached(amtshilfe.Anhang{Inhalt: encode(s)}) }
	scan := func(with change, clean bool, err error) change {
		return func(m *amtshilfe.Message, c *rules.Context) {
			with(m, c)
			c.Scan = func([]byte) (bool, error) { return clean, err }
		}
	}
	inspect := func(r attachment.Report, err error) change {
		return func(m *amtshilfe.Message, c *rules.Context) {
			content(pdf)(m, c)
			c.Inspect = func([]byte) (attachment.Report, error) { return r, err }
		}
	}
	sum := sha256.Sum256([]byte(pdf))
	hash := hex.EncodeToString(sum[:])
	wrapped := strings.Join([]string{string(encode(pdf)[:20]), "\n   \t", string(encode(pdf)[20:]), "\r\n"}, "")
	run(t, []row{
		{"a PDF is fine", content(pdf), nil},
		{"wrapped and indented too", attached(amtshilfe.Anhang{Inhalt: []byte(wrapped)}), nil},
		{"with its hash it is fine", attached(amtshilfe.Anhang{Inhalt: encode(pdf), SHA256: hash}), nil},
		{"with another hash it is refused", attached(amtshilfe.Anhang{Inhalt: encode(pdf + " "), SHA256: hash}), one("ANHANG-HASH", "/anhang/sha256")},
		{"what is no base64 is refused", attached(amtshilfe.Anhang{Inhalt: []byte("JVBERi0!")}), one("ANHANG-BASE64", "/anhang/inhalt")},
		{"half of a base64 group is refused", attached(amtshilfe.Anhang{Inhalt: encode(pdf)[:21]}), one("ANHANG-BASE64", "/anhang/inhalt")},
		{"a picture is refused", content("\x89PNG\r\n"), one("ANHANG-PDF", "/anhang/inhalt")},
		{"nothing is refused", content(""), one("ANHANG-PDF", "/anhang/inhalt")},
		{"a PDF cut short is refused", content(strings.TrimSuffix(pdf, "%%EOF\n")), one("ANHANG-PDF", "/anhang/inhalt")},
		{"JavaScript waits", content(pdf[:20] + "<< /S /JavaScript /JS (x) >>" + pdf[20:]), one("ANHANG-AKTIV", "/anhang/inhalt")},
		{"written with escapes too", content(pdf[:20] + "<< /S /J#61vaScr#69pt >>" + pdf[20:]), one("ANHANG-AKTIV", "/anhang/inhalt")},
		{"a launch action waits", content(pdf[:20] + "<</S/Launch/F(x)>>" + pdf[20:]), one("ANHANG-AKTIV", "/anhang/inhalt")},
		{"an embedded file waits", content(pdf[:20] + "/Type/EmbeddedFile" + pdf[20:]), one("ANHANG-AKTIV", "/anhang/inhalt")},
		{"the word in a text is not", content(pdf[:20] + "(JavaScript and Launch)" + pdf[20:]), nil},
		{"a longer name is another name", content(pdf[:20] + "/LaunchPad 1 /JavaScripting 2" + pdf[20:]), nil},
		{"JavaScript in a compressed object stream waits", content(objStm("1 0 << /S /JavaScript >>")), one("ANHANG-AKTIV", "/anhang/inhalt")},
		{"other objects in one are fine", content(objStm("1 0 << /Type /Font >>")), nil},
		{"an encrypted one waits for its sender", content(pdf + "trailer << /Encrypt 9 0 R >>\n%%EOF\n"), one("ANHANG-VERSCHLUESSELT", "/anhang/inhalt")},
		{"200 pages are fine", inspect(attachment.Report{Pages: 200}, nil), nil},
		{"one more waits", inspect(attachment.Report{Pages: 201}, nil), one("ANHANG-SEITEN", "/anhang/inhalt")},
		{"a broken one waits for its sender", inspect(attachment.Report{Problem: attachment.Broken}, nil), one("ANHANG-DEFEKT", "/anhang/inhalt")},
		{"so does one that costs too much", inspect(attachment.Report{Problem: attachment.TooCostly}, nil), one("ANHANG-DEFEKT", "/anhang/inhalt")},
		{"and what only a reader finds active", inspect(attachment.Report{Problem: attachment.Active, Detail: "XFA"}, nil), one("ANHANG-AKTIV", "/anhang/inhalt")},
		{"or encrypted", inspect(attachment.Report{Problem: attachment.Encrypted}, nil), one("ANHANG-VERSCHLUESSELT", "/anhang/inhalt")},
		{"what nobody could read waits for the operator", inspect(attachment.Report{}, io.EOF), one("ANHANG-UNGEPRUEFT", "/anhang/inhalt")},
		{"what the scanner finds clean is fine", scan(content(pdf), true, nil), nil},
		{"infected waits for the operator", scan(content(pdf), false, nil), one("ANHANG-VIRUS", "/anhang/inhalt")},
		{"a scanner that is away holds", scan(content(pdf), true, io.EOF), one("ANHANG-UNGEPRUEFT", "/anhang/inhalt")},
		{"the second of two is named", ersuchen(func(e *amtshilfe.Ersuchen) {
			e.Anhaenge = []amtshilfe.Anhang{{Inhalt: encode(pdf)}, {Inhalt: encode("no")}}
		}), one("ANHANG-PDF", "/anhang[2]/inhalt")},
		{"an answer's attachment is judged too", func(m *amtshilfe.Message, _ *rules.Context) {
			m.Kind, m.Ersuchen, m.Anhaenge = amtshilfe.KindAbschluss, nil, []amtshilfe.Anhang{{Inhalt: encode("no")}}
		}, one("ANHANG-PDF", "/anhang/inhalt")},
	})
}

func FuzzAttachment(f *testing.F) {
	f.Add([]byte(pdf))
	f.Add([]byte(objStm("1 0 << /S /JavaScript >>")))
	f.Add([]byte("%PDF-1.5 /ObjStm stream\n /J#6 /# %%EOF"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := good()
		m.Ersuchen.Anhaenge = []amtshilfe.Anhang{{Inhalt: []byte(base64.StdEncoding.EncodeToString(raw))}}
		for _, finding := range rules.Check(m, context()) {
			checkFinding(t, finding)
		}
	})
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"Müller", "\u0085", "\u201ea\u201c\u2026", "a\u0308", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := good()
		m.Ersuchen.Titel[0].Gegenstand = s
		m.Ersuchen.Schuldner[0].Person.Vorname = s
		m.Ersuchen.Schuldner[0].Person.Anschriften[0].Strasse = s
		for _, finding := range rules.Check(m, context()) {
			if finding.Text == "" || finding.Path == "" {
				t.Errorf("%q: %+v", s, finding)
			}
		}
	})
}
