package printstreet

import (
	"encoding/binary"
	"math"
	"strings"
	"sync"
	"time"
)

// iccProfile is an sRGB display profile (ICC v2, matrix and tone curve), made here so that no foreign file is needed.
var iccProfile = sync.OnceValue(func() []byte {
	type tag struct {
		sig  string
		data []byte
	}
	curve := iccCurve()
	tags := []tag{
		{"desc", iccDesc("sRGB built-in")}, {"cprt", append([]byte("text\x00\x00\x00\x00CC0"), 0)}, {"wtpt", iccXYZ(0.9642, 1, 0.8249)},
		{"rXYZ", iccXYZ(0.43607, 0.22249, 0.01392)}, {"gXYZ", iccXYZ(0.38515, 0.71687, 0.09708)}, {"bXYZ", iccXYZ(0.14307, 0.06061, 0.7141)},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	var dir, data []byte
	first := 128 + 4 + 12*len(tags)
	curveAt := 0
	for _, t := range tags {
		at := first + len(data)
		if isCurve := strings.HasSuffix(t.sig, "TRC"); isCurve && curveAt > 0 {
			at = curveAt // the three curves are one
		} else {
			if isCurve {
				curveAt = at
			}
			data = append(data, t.data...)
			data = append(data, make([]byte, -len(t.data)&3)...)
		}
		dir = append(dir, t.sig...)
		dir = binary.BigEndian.AppendUint32(dir, uint32(at))
		dir = binary.BigEndian.AppendUint32(dir, uint32(len(t.data)))
	}
	out := iccHeader(first + len(data))
	out = binary.BigEndian.AppendUint32(out, uint32(len(tags)))
	return append(append(out, dir...), data...)
})

func iccHeader(size int) []byte {
	h := make([]byte, 128)
	binary.BigEndian.PutUint32(h[0:], uint32(size))
	binary.BigEndian.PutUint32(h[8:], 0x02100000)
	copy(h[12:], "mntrRGB XYZ ")
	binary.BigEndian.PutUint16(h[24:], 2026)
	binary.BigEndian.PutUint16(h[26:], 1)
	binary.BigEndian.PutUint16(h[28:], 1)
	copy(h[36:], "acsp")
	copy(h[68:], iccXYZ(0.9642, 1, 0.8249)[8:])
	return h
}

func iccXYZ(values ...float64) []byte {
	b := []byte("XYZ \x00\x00\x00\x00")
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

// iccCurve is the sRGB transfer function in 1024 steps.
func iccCurve() []byte {
	const n = 1024
	b := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), n)
	for i := range n {
		v := float64(i) / (n - 1)
		l := v / 12.92
		if v > 0.04045 {
			l = math.Pow((v+0.055)/1.055, 2.4)
		}
		b = binary.BigEndian.AppendUint16(b, uint16(math.Round(l*65535)))
	}
	return b
}

func iccDesc(s string) []byte {
	b := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(s)+1))
	b = append(append(b, s...), 0)
	return append(b, make([]byte, 4+4+2+1+67)...)
}

// xmp is the metadata of a PDF/A-1b file; PDF/A wants it to say the same as the Info dictionary.
func xmp(title string, created time.Time) string {
	when := created.UTC().Format("2006-01-02T15:04:05Z")
	return "<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format>` +
		`<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + escape(title) + `</rdf:li></rdf:Alt></dc:title></rdf:Description>` +
		`<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>` + creator + `</xmp:CreatorTool>` +
		`<xmp:CreateDate>` + when + `</xmp:CreateDate><xmp:ModifyDate>` + when + `</xmp:ModifyDate></rdf:Description>` +
		`<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>` + producer + `</pdf:Producer></rdf:Description>` +
		`<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>` +
		"</rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>"
}
