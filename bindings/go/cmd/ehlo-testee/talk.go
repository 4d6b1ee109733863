package main

import ehlo "github.com/libehlo/libehlo/bindings/go"

const (
	mostIdleAdvances      = 20000   // more of them, and the session turns in circles
	mostOutput            = 1 << 20 // more than any dialogue has
	canary           byte = 0x5A
)

// input holds what was not consumed. It is shown in memory that holds nothing else and that is overwritten afterwards:
// who refers to octets of another call is found out.
type input struct{ kept, shown []byte }

func (i *input) show(most int) []byte {
	octets := min(len(i.kept), most)
	i.shown = append(i.shown[:0], i.kept[:octets]...)
	return i.shown[:octets:octets]
}

func (i *input) consume(octets int) {
	clear(i.shown)
	i.kept = append(i.kept[:0], i.kept[octets:]...)
}

// talk is what a program holds beside a session of either role.
type talk struct {
	input
	buffer   []byte
	capacity int
	output   []byte
	wants    ehlo.Wants
	added    bool // a piece of this turn is among the input
	asks     bool // an event of this turn waits for an answer
	idle     int
	receives int
}

// begin sets out on a turn.
func (t *talk) begin(c *call) {
	t.capacity, t.output, t.added, t.asks, t.idle, t.receives = c.Output, t.output[:0], false, false, 0, 0
	if len(t.buffer) <= t.capacity {
		t.buffer = make([]byte, t.capacity+1)
	}
}

// room is where output goes. Nobody is to touch the octet behind it.
func (t *talk) room() []byte {
	t.buffer[t.capacity] = canary
	return t.buffer[:t.capacity]
}

// play advances until nothing moves, with each piece again.
func (t *talk) play(c *call, o *object, advance func(*object) bool) {
	for advance(o) {
	}
	pieces := 0
	for ; pieces < len(c.Pieces) && !(c.Stop && t.asks); pieces++ {
		t.kept = append(t.kept, c.Pieces[pieces].of(c.shared)...)
		t.added, t.idle = true, 0
		for advance(o) {
		}
	}
	o.close(']') // the events
	o.word("output", string(t.output))
	o.number("pieces", uint64(pieces))
	o.number("kept", uint64(len(t.kept)))
	o.number("receives", uint64(t.receives))
}

// moved takes the output of an advance and says whether it has moved anything. `reason`: there may be output without anything
// consumed or reported.
func (t *talk) moved(p ehlo.Progress, events int, reason bool) bool {
	t.receives++
	still := p.Consumed == 0 && events == 0
	require(p.Written <= t.capacity && t.buffer[t.capacity] == canary, "output overfills its buffer")
	require(p.Written == 0 || reason || !still, "output that is not wanted")
	require(p.Written != 0 || t.capacity == 0 || p.Wants&ehlo.WantOutput == 0, "output is wanted, but there is none")
	t.output, t.wants = append(t.output, t.buffer[:p.Written]...), p.Wants
	require(len(t.output) < mostOutput, "the output has no end")
	if p.Consumed == 0 && p.Written == 0 {
		t.idle++
		require(t.idle < mostIdleAdvances, "the session turns in circles")
	}
	return !still || p.Written != 0
}

// handOver reports an event of the connection.
func handOver(s interface {
	TLSStarted() error
	TLSFailed() error
	EOF()
	TimedOut()
}, event string) error {
	switch event {
	case "tls":
		return s.TLSStarted()
	case "tls-failed":
		return s.TLSFailed()
	case "eof":
		s.EOF()
	case "timeout":
		s.TimedOut()
	default:
		require(event == "", "no such event")
	}
	return nil
}
