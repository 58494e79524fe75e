package printstreet_test

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/datamatrix"
)

// area is a part of a page in mm.
type area struct{ x, y, w, h float64 }

// caseArea is where page 1 has the code of the case, with its quiet zone.
var caseArea = area{168, 12, 24, 24}

// cut gives a part of a page of a PDF as a picture with 200 dpi, and the file it stands in.
func cut(t *testing.T, pdf string, page int, a area) (string, picture) {
	t.Helper()
	px := func(mm float64) string { return fmt.Sprint(int(mm * 200 / 25.4)) }
	name := fmt.Sprintf("%s-%d-%d", pdf, page, int(a.x))
	run(t, "pdftoppm", "-r", "200", "-gray", "-singlefile", "-f", fmt.Sprint(page), "-l", fmt.Sprint(page),
		"-x", px(a.x), "-y", px(a.y), "-W", px(a.w), "-H", px(a.h), pdf, name)
	data, err := os.ReadFile(name + ".pgm")
	if err != nil {
		t.Fatal(err)
	}
	return name + ".pgm", parsePicture(t, data)
}

// readCodes reads the one DataMatrix of each picture with two readers that have nothing in common, and gives what both read.
func readCodes(t *testing.T, files []string, pictures []picture) []string {
	t.Helper()
	out := strings.Split(strings.TrimSuffix(run(t, "dmtxread", append([]string{"-n", "-N1", "-m3000"}, files...)...), "\n"), "\n")
	if len(out) != len(files) {
		t.Fatalf("dmtxread read %d of %d codes: %q", len(out), len(files), out)
	}
	for i, p := range pictures {
		img := &image.Gray{Pix: p.pix, Stride: p.width, Rect: image.Rect(0, 0, p.width, p.height)}
		bmp, err := gozxing.NewBinaryBitmapFromImage(img)
		if err != nil {
			t.Fatal(err)
		}
		code, err := datamatrix.NewDataMatrixReader().Decode(bmp, nil)
		if err != nil {
			t.Fatalf("gozxing cannot read %s: %v", filepath.Base(files[i]), err)
		}
		if code.GetText() != out[i] {
			t.Errorf("gozxing reads %q, dmtxread %q", code.GetText(), out[i])
		}
	}
	return out
}

// The code of the case is on page 1 of every letter, and names the case, not the message.
func TestCaseCodeIsRead(t *testing.T) {
	withdrawal := letter(2, einstellung())
	withdrawal.Reference = reference()
	b := render(t, job(letter(1, ersuchen()), withdrawal))
	path := save(t, "a.pdf", b.Files[0].Data)
	var files []string
	var pictures []picture
	for _, e := range b.Entries {
		file, p := cut(t, path, e.FirstPage, caseArea)
		files, pictures = append(files, file), append(pictures, p)
	}
	got := readCodes(t, files, pictures)
	for i, want := range []string{"DAMT2|003|T|3f2b8c1e5d474a909c1b7e6f5a4d3c2b|kka:01001000|20.3/VH-2026/000123", "DAMT2|008|T|3f2b8c1e5d474a909c1b7e6f5a4d3c2b|kka:01001000|20.3/VH-2026/000123"} {
		if got[i] != want {
			t.Errorf("letter %d: read %q, want %q", i+1, got[i], want)
		}
	}
}
