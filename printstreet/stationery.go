package printstreet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
)

// Stationery is what a Mandant wants on its letters beside the message. The zero value is a letter without any of it.
type Stationery struct {
	Logo         *Picture // in the letterhead, at most 40 by 22 mm
	Signature    *Picture // above the name at the end, at most 50 by 16 mm
	Ruecksende   string   // return line in the window; "" = made from the message's sender
	AnswerSheet  bool     // a sheet for the answer as last page of a 003 and a 009; a print profile can want it, too
	BankQR       bool     // payee, IBAN and purpose as a code to be scanned, without an amount
	Land         string   // of the requester: BW, BY, ... TH, "" = not known; chooses the texts
	Art          string   // kind of requester: kommune, land, bund, koerperschaft, "" = not known; chooses the texts
	Kostenstelle string   // goes to the index
}

// Picture is an image that is printed in shades of grey.
type Picture struct {
	name          string // for gofpdf: the same picture is embedded once
	png           []byte // 8 bit grey, written anew: nothing of the file but its pixels
	width, height int    // in pixels
}

// The largest picture: what is larger is no logo.
const (
	maxPictureBytes = 2 << 20
	maxPictureEdge  = 4000
)

// ReadPicture reads a PNG for logo or signature. One with transparency is refused: PDF/A-1 has none, and what would stand
// behind it is not ours to guess.
func ReadPicture(data []byte) (*Picture, error) {
	if len(data) > maxPictureBytes {
		return nil, fmt.Errorf("picture: %d bytes, at most %d", len(data), maxPictureBytes)
	}
	head, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("picture: no PNG that can be read: %w", err)
	}
	if head.Width > maxPictureEdge || head.Height > maxPictureEdge {
		return nil, fmt.Errorf("picture: %d by %d pixels, at most %d by %d", head.Width, head.Height, maxPictureEdge, maxPictureEdge)
	}
	if len(data) > 25 && (data[25] == 4 || data[25] == 6) || bytes.Contains(data, []byte("tRNS")) {
		return nil, errors.New("picture: the PNG has an alpha channel or a transparent colour; save it on a white background without transparency")
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("picture: no PNG that can be read: %w", err)
	}
	return grey(img)
}

// grey writes a picture as 8 bit grey.
func grey(img image.Image) (*Picture, error) {
	b := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.SetGray(x, y, color.GrayModel.Convert(img.At(b.Min.X+x, b.Min.Y+y)).(color.Gray))
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, out); err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	sum := sha256.Sum256(buf.Bytes())
	return &Picture{name: hex.EncodeToString(sum[:8]), png: buf.Bytes(), width: b.Dx(), height: b.Dy()}, nil
}

// size is that of the picture in a box of w by h mm.
func (p *Picture) size(w, h float64) (float64, float64) {
	scale := min(w/float64(p.width), h/float64(p.height))
	return float64(p.width) * scale, float64(p.height) * scale
}

// picture draws a picture at the upper right or left corner of a box and gives its height.
func (s *setter) picture(p *Picture, x, y float64, box [2]float64, right bool) float64 {
	w, h := p.size(box[0], box[1])
	if right {
		x -= w
	}
	s.put(mark{kind: markPicture, x: x, y: y, w: w, h: h, picture: p})
	return h
}
