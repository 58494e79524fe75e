package app_test

import (
	"bytes"
	endian "encoding/binary"
	"strings"
	"time"

	"damtshilfe/internal/sample"
)

// korpusZip is what is wrong with archives.
func korpusZip() map[string][]byte {
	n := int64(1700)
	next := func() []byte { n++; return ersuchen(n, nil) }
	one := func() []byte { return zipped("a.xml", next()) }
	untested := func(s *sample.Spec) { s.Kopf.Test = false }
	head := func(count string) []byte { return kopfdatei("zip", n, count) }
	overlapping := zipped("a.xml", next(), "b.xml", next())
	central := endian.LittleEndian.Uint32(overlapping[len(overlapping)-6:])
	second := int(central) + 46 + len("a.xml") + int(endian.LittleEndian.Uint16(overlapping[central+30:]))
	files := map[string][]byte{
		"pfad-nach-oben":         zipped("../../etc/cron.d/a.xml", next()),
		"pfad-absolut":           zipped("/etc/a.xml", next()),
		"pfad-mit-laufwerk":      zipped(`C:\daten\a.xml`, next()),
		"nullbyte-im-namen":      zipped("a\x00.xml", next()),
		"abgeschnitten":          func() []byte { z := one(); return z[:len(z)-40] }(),
		"anfang-fehlt":           one()[200:],
		"bombe":                  zipped("a.xml", bytes.Repeat([]byte(" "), 8<<20)),
		"mehr-als-angegeben":     patched(one(), 24, 4, 100),
		"weniger-als-angegeben":  patched(one(), 24, 4, 100_000),
		"pruefsumme-falsch":      patched(one(), 16, 4, 12345),
		"verschluesselt":         patched(patchedLocal(one(), 6, 9), 8, 2, 9),
		"verfahren-lzma":         patched(patchedLocal(one(), 8, 14), 10, 2, 14),
		"name-passt-nicht":       patchedLocal(one(), 30, 'x'|'.'<<8),
		"eintraege-ueberlappen":  patch32(overlapping, second+42, 0),
		"verschachtelt":          zipped("innen.zip", one()),
		"verschachtelt-getarnt":  zipped("innen.xml", one()),
		"eintrag-leer":           zipped("a.xml", next(), "b.xml", []byte{}),
		"eintrag-kein-xml":       zipped("a.xml", next(), "liesmich.txt", []byte("Guten Tag")),
		"eintrag-mit-fehler":     zipped("gut.xml", next(), "ordner/schlecht.xml", replaced(next(), "412.50", "412,50"), "auch-gut.xml", next()),
		"leer":                   zipped(),
		"nur-ordner":             zipped("ordner/", []byte{}),
		"zwei-koepfe":            zipped("a/lieferung.xml", head("1"), "b/lieferung.xml", head("1"), "a.xml", next()),
		"kopf-mit-nachricht":     zipped("lieferung.xml", korpusLieferung("zip-kopf", n), "a.xml", next()),
		"kopf-unlesbar":          zipped("lieferung.xml", []byte("<a"), "a.xml", next()),
		"anzahl-falsch":          zipped("lieferung.xml", head("3"), "a.xml", next(), "b.xml", next()),
		"test-und-echt-gemischt": zipped("a.xml", next(), "b.xml", ersuchen(1790, untested)),
		"uuid-zweimal":           zipped("a.xml", next(), "b.xml", replaced(ersuchen(n, nil), "412.50", "413.50")),
		"nachricht-zweimal":      zipped("a.xml", next(), "b.xml", ersuchen(n, nil)),
	}
	return inFolder("zip", ".zip", files)
}

func inFolder(folder, ext string, files map[string][]byte) map[string][]byte {
	out := map[string][]byte{}
	for name, data := range files {
		out[folder+"/"+name+ext] = data
	}
	return out
}

// patched changes a field of the first record in the directory.
func patched(z []byte, field, size int, value uint32) []byte {
	at := int(endian.LittleEndian.Uint32(z[len(z)-6:])) + field
	if size == 2 {
		endian.LittleEndian.PutUint16(z[at:], uint16(value))
		return z
	}
	return patch32(z, at, value)
}

func patch32(z []byte, at int, value uint32) []byte {
	endian.LittleEndian.PutUint32(z[at:], value)
	return z
}

// patchedLocal changes two bytes of the first local header.
func patchedLocal(z []byte, field int, value uint16) []byte {
	endian.LittleEndian.PutUint16(z[field:], value)
	return z
}

// kopfdatei is a lieferung.xml.
func kopfdatei(verfahren string, id int64, count string) []byte {
	doc := korpusLieferung(verfahren, id)
	end := bytes.Index(doc, []byte("</vh:lieferkopf>")) + len("</vh:lieferkopf>")
	doc = append(doc[:end:end], "\n</vh:lieferung>\n"...)
	return replaced(doc, "Nachrichten>2<", "Nachrichten>"+count+"<")
}

// korpusLieferung is a container of two messages; the number of a verfahren is 1, so that none is missing before it.
func korpusLieferung(verfahren string, seed int64) []byte {
	var messages [2]string
	for i := range messages {
		doc := string(ersuchen(20_000+2*seed+int64(i), nil))
		_, messages[i], _ = strings.Cut(doc, "?>\n")
	}
	return []byte(deklaration + `
<vh:lieferung xmlns:vh="urn:damtshilfe:vollstreckungshilfe:1">
  <vh:lieferkopf>
    <vh:absender>` + sample.DefaultKennung + `</vh:absender>
    <vh:verfahren>` + verfahren + `</vh:verfahren>
    <vh:uebertragungsID>1</vh:uebertragungsID>
    <vh:erstellungszeitpunkt>` + korpusTag.Format(time.RFC3339) + `</vh:erstellungszeitpunkt>
    <vh:anzahlNachrichten>2</vh:anzahlNachrichten>
  </vh:lieferkopf>
` + messages[0] + messages[1] + "</vh:lieferung>\n")
}

// korpusContainer is what is wrong with containers.
func korpusContainer() map[string][]byte {
	faults := map[string]func(doc []byte) []byte{
		"abgeschnitten": func(doc []byte) []byte { return doc[:len(doc)-400] },
		"ende-fehlt":    swap("</vh:lieferung>\n", ""),
		"kopf-fehlt": func(doc []byte) []byte {
			return replaced(doc, string(between(doc, "<vh:lieferkopf>", "</vh:lieferkopf>")), "")
		},
		"kopf-nicht-am-anfang": swap("  <vh:lieferkopf>", "  <vh:anfang/>\n  <vh:lieferkopf>"),
		"kopf-ohne-absender": func(doc []byte) []byte {
			return bytes.Replace(doc, []byte("    <vh:absender>kka:01001000</vh:absender>\n"), nil, 1)
		},
		"uebertragungsid-null":   swap("ID>1</vh:uebertragungsID", "ID>0</vh:uebertragungsID"),
		"uebertragungsid-luecke": nil, // see below
		"anzahl-falsch":          swap("Nachrichten>2<", "Nachrichten>3<"),
		"ohne-nachricht": func(doc []byte) []byte {
			return append(doc[:bytes.Index(doc, []byte("<vh:vollstreckungshilfe"))], "</vh:lieferung>\n"...)
		},
		"text-zwischen-nachrichten": swap("</"+wurzel+">\n", "</"+wurzel+">\nund weiter\n"),
		"doctype":                   swap(deklaration, deklaration+"<!DOCTYPE x>"),
		"fremder-absender-im-kopf": func(doc []byte) []byte {
			return bytes.Replace(doc, []byte("<vh:absender>kka:01001000"), []byte("<vh:absender>kka:99999999"), 1)
		},
		"zweite-nachricht-unbekannt": zweite(wurzel, "vh:vollstreckungshilfe.Unfug.999"),
		"zweite-nachricht-falsch":    zweite("412.50", "412,50"),
		"zweite-nachricht-zeichen":   zweite("Grundsteuer B", "Grundsteuer\u00a0\u2013 \u2026 B"),
		"zweite-nachricht-entitaet":  zweite("Grundsteuer B", "Grund&shy;steuer"),
		"container-im-container":     swap("</vh:lieferkopf>\n", "</vh:lieferkopf>\n<vh:lieferung><vh:lieferkopf/></vh:lieferung>\n"),
		"nachricht-zu-viel-tiefe":    zweite("<vh:ersuchenVom>", strings.Repeat("<vh:a>", 80)+strings.Repeat("</vh:a>", 80)+"<vh:ersuchenVom>"),
	}
	faults["uebertragungsid-luecke"] = func(doc []byte) []byte {
		return replaced(replaced(doc, "ID>1</vh:uebertragungsID", "ID>5</vh:uebertragungsID"), "uebertragungsid-luecke", "grundlagen")
	}
	files := map[string][]byte{}
	for i, name := range sortedKeys(faults) {
		files["container/"+name+".xml"] = faults[name](korpusLieferung(name, int64(100+i)))
	}
	return files
}

// zweite changes the second message of a container.
func zweite(old, with string) func([]byte) []byte {
	return func(doc []byte) []byte {
		at := bytes.LastIndex(doc, []byte("<"+wurzel))
		return append(doc[:at:at], replaced(doc[at:], old, with)...)
	}
}
