package main

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"strconv"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// octets are a JSON string in which each character U+0000..U+00FF is one octet; nil: absent.
type octets []byte

// UnmarshalJSON gets any value that is good JSON.
func (o *octets) UnmarshalJSON(raw []byte) error {
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil || text == nil {
		return err
	}
	*o = make([]byte, 0, len(*text))
	for _, character := range *text {
		if character > 0xFF {
			return fmt.Errorf("a character above U+00FF: %q", character)
		}
		*o = append(*o, byte(character))
	}
	return nil
}

// verbs are a number with a bit for each.
type verbs []ehlo.Verb

func (v *verbs) UnmarshalJSON(raw []byte) error {
	set, err := strconv.ParseUint(string(raw), 10, 64)
	for ; set != 0; set &= set - 1 {
		*v = append(*v, ehlo.Verb(bits.TrailingZeros64(set)))
	}
	return err
}

// piece is input, or what stands from begin up to end in the string n of those of the request: [n, begin, end].
type piece struct {
	octets
	shared bool
	at     [3]int
}

func (p *piece) UnmarshalJSON(raw []byte) error {
	p.shared = raw[0] == '['
	if p.shared {
		return json.Unmarshal(raw, &p.at)
	}
	return p.octets.UnmarshalJSON(raw)
}

func (p *piece) of(octets []octets) octets {
	if !p.shared {
		return p.octets
	}
	n, begin, end := p.at[0], p.at[1], p.at[2]
	require(n < len(octets) && begin <= end && end <= len(octets[n]), "a piece of octets that are not there")
	return octets[n][begin:end]
}

func appendOctets[T ~string | ~[]byte](out []byte, text T) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\r':
			out = append(out, `\r`...)
		case c == '\n':
			out = append(out, `\n`...)
		case c < 0x20:
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c >= 0x80:
			out = append(out, 0xC0|c>>6, 0x80|c&0x3F)
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}

// object writes JSON. What is absent, false or 0 is left out.
type object struct{ out []byte }

// next sets the comma between the elements of what is open.
func (o *object) next() {
	if last := o.out[len(o.out)-1]; last != '{' && last != '[' {
		o.out = append(o.out, ',')
	}
}

func (o *object) key(name string) {
	o.next()
	o.out = append(append(append(o.out, '"'), name...), `":`...)
}

func (o *object) open(name string, bracket byte) {
	o.key(name)
	o.out = append(o.out, bracket)
}

func (o *object) item(bracket byte) {
	o.next()
	o.out = append(o.out, bracket)
}

func (o *object) close(bracket byte) { o.out = append(o.out, bracket) }

func (o *object) octets(name string, text []byte) {
	if text != nil {
		o.key(name)
		o.out = appendOctets(o.out, text)
	}
}

func (o *object) text(name, text string) {
	o.key(name)
	o.out = appendOctets(o.out, text)
}

// word leaves out "".
func (o *object) word(name, text string) {
	if text != "" {
		o.text(name, text)
	}
}

func (o *object) textItem(text string) {
	o.next()
	o.out = appendOctets(o.out, text)
}

func (o *object) texts(name string, list ...string) {
	o.open(name, '[')
	for _, text := range list {
		o.textItem(text)
	}
	o.close(']')
}

func (o *object) digits(name string, number uint64) {
	o.key(name)
	o.out = strconv.AppendUint(o.out, number, 10)
}

func (o *object) number(name string, number uint64) {
	if number != 0 {
		o.digits(name, number)
	}
}

func (o *object) flag(name string, flag bool) {
	if flag {
		o.key(name)
		o.out = append(o.out, "true"...)
	}
}
