package ehlo

// #include "shim.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// NotSeen is what First gives for a violation that was not seen.
const NotSeen = ^uint64(0)

// DotDecoder decodes what follows a 354 reply, without a session.
type DotDecoder struct{ c *C.ehlo_dot_decoder }

// NewDotDecoder makes a decoder; 0 stands for no limit.
func NewDotDecoder(maxLineOctets uint32, maxOctets uint64) (*DotDecoder, error) {
	c := C.ehlo_dot_decoder_new(C.uint32_t(maxLineOctets), C.uint64_t(maxOctets), &C.ehlo_go_allocator)
	if c == nil {
		return nil, ErrMemory
	}
	decoder := &DotDecoder{c}
	runtime.SetFinalizer(decoder, (*DotDecoder).Close)
	return decoder, nil
}

// Close frees the decoder.
func (d *DotDecoder) Close() {
	if d.c != nil {
		C.ehlo_dot_decoder_free(d.c)
		d.c = nil
		runtime.SetFinalizer(d, nil)
	}
}

// Feed fills `spans` (at least three) with the content in `input` and gives their number and the octets consumed: keep
// the rest, at most 3 octets unless the spans ran out. `seen` are the violations of the message so far; `done`: the end
// of data was consumed.
func (d *DotDecoder) Feed(input []byte, spans []Span) (count, consumed int, seen Violations, done bool) {
	defer runtime.KeepAlive(d)
	if d.c == nil {
		return 0, 0, 0, false
	}
	var n, bits C.uint32_t
	var end C.int32_t
	used := C.ehlo_dot_decoder_feed(d.c, bytesOf(input), C.size_t(len(input)),
		(*C.ehlo_span)(unsafe.Pointer(unsafe.SliceData(spans))), C.uint32_t(len(spans)), &n, &bits, &end)
	return int(n), int(used), Violations(bits), end != 0
}

// First says where the violation was first seen, in octets from the start of the content as sent; NotSeen if it was
// not.
func (d *DotDecoder) First(one Violations) uint64 {
	defer runtime.KeepAlive(d)
	if d.c == nil {
		return NotSeen
	}
	return uint64(C.ehlo_dot_decoder_first(d.c, C.uint32_t(one)))
}
