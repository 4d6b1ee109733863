package ehlo

// #include "shim.h"
import "C"

// NotSeen is what First gives for a violation that was not seen.
const NotSeen = ^uint64(0)

// DotDecoder decodes what follows a 354 reply, without a session. Close frees it.
type DotDecoder struct {
	object[*C.ehlo_dot_decoder]
}

// NewDotDecoder makes a decoder; 0 stands for no limit.
func NewDotDecoder(maxLineOctets uint32, maxOctets uint64) (*DotDecoder, error) {
	decoder := &DotDecoder{}
	c := C.ehlo_dot_decoder_new(C.uint32_t(maxLineOctets), C.uint64_t(maxOctets), &C.ehlo_go_allocator)
	return made(decoder, decoder.own(c, C.EHLO_E_MEMORY, func(c *C.ehlo_dot_decoder) { C.ehlo_dot_decoder_free(c) }))
}

// Feed fills `spans` (at least three) with the content in `input` and gives their number and the octets consumed: keep
// the rest, at most 3 octets unless the spans ran out. `seen` are the violations of the message so far; `done`: the end
// of data was consumed.
func (d *DotDecoder) Feed(input []byte, spans []Span) (count, consumed int, seen Violations, done bool) {
	d.with(func() {
		var n, bits C.uint32_t
		var end C.int32_t
		used := C.ehlo_dot_decoder_feed(d.c, bytesOf(input), C.size_t(len(input)), first[C.ehlo_span](spans),
			C.uint32_t(len(spans)), &n, &bits, &end)
		count, consumed, seen, done = int(n), int(used), Violations(bits), end != 0
	})
	return count, consumed, seen, done
}

// First says where the violation was first seen, in octets from the start of the content as sent; NotSeen if it was
// not.
func (d *DotDecoder) First(one Violations) uint64 {
	at := NotSeen
	d.with(func() { at = uint64(C.ehlo_dot_decoder_first(d.c, C.uint32_t(one))) })
	return at
}
