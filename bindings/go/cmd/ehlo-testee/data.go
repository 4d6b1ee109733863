package main

import (
	"math"
	"strconv"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

var violations = []struct {
	bit ehlo.Violations
	err ehlo.Error
}{
	{ehlo.SeenBareLF, ehlo.ErrBareLF},
	{ehlo.SeenBareCR, ehlo.ErrBareCR},
	{ehlo.SeenLongLine, ehlo.ErrDataLineTooLong},
	{ehlo.SeenTooLarge, ehlo.ErrMessageTooLarge},
	{ehlo.SeenFalseEnd, ehlo.ErrFalseEnd},
	{ehlo.SeenNUL, ehlo.ErrNUL},
}

func decodeData(_ *testee, c *call, o *object) {
	decoder, err := ehlo.NewDotDecoder(c.MaxLine, c.MaxSize)
	require(err == nil, "no decoder")
	defer decoder.Close()
	spans := make([]ehlo.Span, c.Spans)
	var inbox input
	body := []byte{}
	var seen ehlo.Violations
	done, receives := false, 0
	for _, piece := range c.Pieces {
		inbox.kept = append(inbox.kept, piece.of(c.shared)...)
		for moved := true; moved && !done; {
			var count, consumed int
			shown := inbox.show(math.MaxInt)
			receives++
			count, consumed, seen, done = decoder.Feed(shown, spans)
			require(consumed <= len(shown) && count <= len(spans), "the decoder overshoots")
			body = appendBody(body, shown[:consumed], spans[:count])
			inbox.consume(consumed)
			moved = consumed != 0
			require(moved || count != len(spans), "no octet is consumed, and the spans are full")
		}
		require(done || len(inbox.kept) <= 3, "more than three octets are not consumed")
	}
	o.octets("body", body)
	o.text("rest", string(inbox.kept))
	o.flag("done", done)
	o.number("receives", uint64(receives))
	o.open("violations", '[')
	for _, one := range violations {
		at := decoder.First(one.bit)
		require((seen&one.bit != 0) == (at != ehlo.NotSeen), "the place of a violation does not fit its bit")
		if seen&one.bit != 0 {
			o.item('[')
			o.textItem(errorName(one.err))
			o.next()
			o.out = strconv.AppendUint(o.out, at, 10)
			o.close(']')
		}
	}
	o.close(']')
}
