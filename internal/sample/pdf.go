package sample

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// PDF is a small attachment of one page that says text (ASCII).
func PDF(name, text string) amtshilfe.Anhang { return attach(name, pdfText(text)) }

func attach(name, pdf string) amtshilfe.Anhang {
	sum := sha256.Sum256([]byte(pdf))
	return amtshilfe.Anhang{Dateiname: name, SHA256: hex.EncodeToString(sum[:]), Inhalt: []byte(base64.StdEncoding.EncodeToString([]byte(pdf)))}
}

// pdfText writes a PDF of one A4 page with a right cross-reference table.
func pdfText(text string) string {
	page := "BT /F1 12 Tf 72 770 Td (" + strings.NewReplacer("(", `\(`, ")", `\)`, `\`, `\\`).Replace(text) + ") Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(page), page),
	}
	var b strings.Builder
	b.WriteString("%PDF-1.4\n")
	offsets := make([]int, len(objects))
	for i, o := range objects {
		offsets[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, off := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", off)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, xref)
	return b.String()
}
