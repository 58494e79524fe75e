package printstreet

import (
	"errors"
	"fmt"
	"sync"
)

// dmSize is a square symbol of ECC 200 (ISO/IEC 16022, table 7): one Reed-Solomon block each.
type dmSize struct {
	size, data, ecc int // modules per side, codewords of data and of correction
	regions         int // per side
}

var dmSizes = []dmSize{{10, 3, 5, 1}, {12, 5, 7, 1}, {14, 8, 10, 1}, {16, 12, 12, 1}, {18, 18, 14, 1}, {20, 22, 18, 1}, {22, 30, 20, 1}, {24, 36, 24, 1},
	{26, 44, 28, 1}, {32, 62, 36, 2}, {36, 86, 42, 2}, {40, 114, 48, 2}, {44, 144, 56, 2}, {48, 174, 68, 2}}

var errDataMatrix = errors.New("content does not fit into a DataMatrix of 48 by 48")

// dataMatrix encodes plain ASCII as ECC 200 in the smallest square. Ours because the usual library builds polynomials on the heap:
// its error correction was a fifth of the time of a letter.
func dataMatrix(content string) (*symbol, error) {
	words, err := asciiWords(content)
	if err != nil {
		return nil, err
	}
	for _, s := range dmSizes {
		if len(words) <= s.data {
			p := placement{n: s.size - 2*s.regions, words: correct(pad(words, s.data), s.ecc)}
			p.place()
			return newSymbol(s.size, func(x, y int) bool { return s.dark(&p, x, y) }), nil
		}
	}
	return nil, errDataMatrix
}

// asciiWords is the ASCII encodation: two digits are one codeword.
func asciiWords(text string) ([]byte, error) {
	digit := func(i int) bool { return i < len(text) && text[i] >= '0' && text[i] <= '9' }
	out := make([]byte, 0, 256)
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] > '~':
			return nil, fmt.Errorf("encode DataMatrix: byte %d is no ASCII", i)
		case digit(i) && digit(i+1):
			out = append(out, 130+(text[i]-'0')*10+text[i+1]-'0')
			i++
		default:
			out = append(out, text[i]+1)
		}
	}
	return out, nil
}

// pad fills up with the prescribed noise.
func pad(words []byte, n int) []byte {
	if len(words) < n {
		words = append(words, 129)
	}
	for len(words) < n {
		v := 129 + 149*(len(words)+1)%253 + 1
		if v > 254 {
			v -= 254
		}
		words = append(words, byte(v))
	}
	return words
}

// galois is GF(256) modulo x^8+x^5+x^3+x^2+1 as tables of powers of 2 and their logarithms.
type galois struct {
	exp [510]byte // twice, so that the sum of two logarithms needs no modulus
	log [256]int
}

var field = sync.OnceValue(func() *galois {
	g := &galois{}
	v := 1
	for i := range 255 {
		g.exp[i], g.exp[i+255], g.log[v] = byte(v), byte(v), i
		if v <<= 1; v > 255 {
			v ^= 0x12D
		}
	}
	return g
})

func (g *galois) mul(a, b byte) byte {
	if a == 0 || b == 0 {
		return 0
	}
	return g.exp[g.log[a]+g.log[b]]
}

// correct appends n codewords of Reed-Solomon correction.
func correct(words []byte, n int) []byte {
	g := field()
	var gen, rest [68]byte // without the leading 1; highest power first
	for i := range n {
		carry := byte(1) // times x less the next power of 2
		for k := range i + 1 {
			next := gen[k]
			gen[k] = next ^ g.mul(carry, g.exp[i+1])
			carry = next
		}
	}
	for _, w := range words {
		f := w ^ rest[0]
		copy(rest[:n-1], rest[1:n])
		rest[n-1] = 0
		for k := range n {
			rest[k] ^= g.mul(f, gen[k])
		}
	}
	return append(words, rest[:n]...)
}

// dark says whether a module is dark: the border of its region, or a bit of the data.
func (s dmSize) dark(p *placement, x, y int) bool {
	edge := s.size / s.regions
	rx, ry := x%edge, y%edge
	switch {
	case rx == 0 || ry == edge-1:
		return true
	case ry == 0:
		return rx%2 == 0
	case rx == edge-1:
		return ry%2 == 1
	}
	return p.bits[(y-1-2*(y/edge))*p.n+x-1-2*(x/edge)] == 2
}

// placement spreads the bits of the codewords over the mapping matrix (ISO/IEC 16022, annex F).
type placement struct {
	n     int // modules per side of the mapping matrix
	words []byte
	bits  []byte // 0 = free, 1 = light, 2 = dark
}

func (p *placement) place() {
	p.bits = make([]byte, p.n*p.n)
	n, at, row, col := p.n, 0, 4, 0
	for row < n || col < n {
		if row == n && col == 0 {
			p.corner(at, [8][2]int{{n - 1, 0}, {n - 1, 1}, {n - 1, 2}, {0, n - 2}, {0, n - 1}, {1, n - 1}, {2, n - 1}, {3, n - 1}})
			at++
		}
		if row == n-2 && col == 0 && n%4 != 0 {
			p.corner(at, [8][2]int{{n - 3, 0}, {n - 2, 0}, {n - 1, 0}, {0, n - 4}, {0, n - 3}, {0, n - 2}, {0, n - 1}, {1, n - 1}})
			at++
		}
		if row == n-2 && col == 0 && n%8 == 4 {
			p.corner(at, [8][2]int{{n - 3, 0}, {n - 2, 0}, {n - 1, 0}, {0, n - 2}, {0, n - 1}, {1, n - 1}, {2, n - 1}, {3, n - 1}})
			at++
		}
		for ; row >= 0 && col < n; row, col = row-2, col+2 {
			if row < n && p.bits[row*n+col] == 0 {
				p.utah(at, row, col)
				at++
			}
		}
		row, col = row+1, col+3
		for ; row < n && col >= 0; row, col = row+2, col-2 {
			if row >= 0 && col < n && p.bits[row*n+col] == 0 {
				p.utah(at, row, col)
				at++
			}
		}
		row, col = row+3, col+1
	}
	if p.bits[n*n-1] == 0 { // the corner that no codeword reaches
		p.bits[n*n-1], p.bits[n*n-n-2] = 2, 2
	}
}

// utah is the usual form of a codeword; what leaves the matrix comes in at the other side.
func (p *placement) utah(at, row, col int) {
	for i, d := range [8][2]int{{-2, -2}, {-2, -1}, {-1, -2}, {-1, -1}, {-1, 0}, {0, -2}, {0, -1}, {0, 0}} {
		r, c := row+d[0], col+d[1]
		if r < 0 {
			r, c = r+p.n, c+4-(p.n+4)%8
		}
		if c < 0 {
			r, c = r+4-(p.n+4)%8, c+p.n
		}
		p.set(at, i, r, c)
	}
}

func (p *placement) corner(at int, where [8][2]int) {
	for i, w := range where {
		p.set(at, i, w[0], w[1])
	}
}

func (p *placement) set(at, bit, row, col int) {
	p.bits[row*p.n+col] = 1 + p.words[at]>>(7-bit)&1
}
