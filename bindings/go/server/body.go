package server

import (
	"errors"
	"fmt"
	"io"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// ErrAborted is what the reader of a message gives when it will not come to its end: the client has given it up, the
// library has refused it (errors.As finds the ehlo.Error), or the connection is lost.
var ErrAborted = errors.New("server: the message is not complete")

var errReaderClosed = errors.New("server: read after Data has come back")

// body reads the content of one message from the connection: events are taken from it until the message is complete.
type body struct {
	c        *conn
	spans    []ehlo.Span // what is left of the last BODY event
	given    int         // octets of the first of them that have been read
	err      error
	asks     []ask // MESSAGE: the reply is due
	answered int   // of them
}

type ask struct{ id, index uint32 }

func (b *body) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(b.spans) == 0 {
			if n != 0 || b.err != nil || !b.advance() {
				break
			}
			continue
		}
		octets := b.spans[0].BodyIn(b.c.view)[b.given:]
		copied := copy(p[n:], octets)
		n += copied
		b.given += copied
		if copied == len(octets) {
			b.spans, b.given = b.spans[1:], 0
		}
	}
	if n != 0 || len(p) == 0 {
		return n, nil
	}
	if b.err == nil {
		return 0, errReaderClosed
	}
	return 0, b.err
}

func (b *body) WriteTo(w io.Writer) (total int64, err error) {
	for b.err == nil {
		for len(b.spans) != 0 {
			n, err := w.Write(b.spans[0].BodyIn(b.c.view)[b.given:])
			total += int64(n)
			if err != nil {
				b.given += n
				return total, err
			}
			b.spans, b.given = b.spans[1:], 0
		}
		if !b.advance() && b.err == nil {
			return total, errReaderClosed
		}
	}
	if b.err == io.EOF {
		return total, nil
	}
	return total, b.err
}

// advance takes events until there is content, or its end. False: it has come to its end.
func (b *body) advance() bool {
	for b.err == nil {
		e := b.c.next()
		if e == nil && b.c.reclaiming.Load() {
			return false
		}
		if e == nil {
			b.err = fmt.Errorf("%w: %w", ErrAborted, ehlo.ErrConnectionLost)
			break
		}
		switch e.Type {
		case ehlo.ServerEventBody:
			b.spans = b.c.work.batch.Body(e)
			return true
		case ehlo.ServerEventBDAT, ehlo.ServerEventChunk:
		case ehlo.ServerEventMessage:
			b.complete(e)
		case ehlo.ServerEventAbort:
			b.err = ErrAborted
			if e.Err != 0 {
				b.err = fmt.Errorf("%w: %w", ErrAborted, e.Err)
			}
			b.c.observe(e)
		default:
			b.c.dispatch(e)
		}
	}
	return false
}

// complete notes that there is no more content, and whose reply is due.
func (b *body) complete(e *ehlo.ServerEvent) {
	b.asks = append(b.asks, ask{e.ID, e.Index})
	b.err = io.EOF
}

// skip reads what nobody wants to its end.
func (b *body) skip() {
	for b.spans = nil; b.err == nil; b.spans = nil {
		b.advance()
	}
	b.given = 0
}

// content hands a message over to the program and gives its answer.
func (c *conn) content() {
	b := &c.body
	*b = body{c: c, asks: b.asks[:0]}
	r := c.newReader()
	err := c.data(r)
	c.stopWatching()
	reply := (*Reply)(nil)
	if b.err == nil || b.err == io.EOF {
		reply = c.replyOf(err, localError)
	}
	if b.err == nil && !accepts(reply) && !r.hasStatuses() {
		// Decided before the end: the rest need not even be looked at.
		c.acquire()
		c.work.batch.RefuseMessage(reply.Code, reply.Enhanced, sendable(reply.Text, c.facts&ehlo.FactSMTPUTF8 != 0))
		c.still = false
	}
	b.skip()
	if len(b.asks) != 0 {
		c.answerMessage(r, reply)
	}
	b.err, b.spans, b.given = errReaderClosed, nil, 0
	c.reset()
}

func (c *conn) data(r *reader) error {
	defer r.reclaim() // also where the handler panics
	if session, ok := c.program.(LMTPSession); ok {
		return session.LMTPData(c.ctx, r, r)
	}
	return c.program.Data(c.ctx, r)
}

// answerMessage answers the one ask of SMTP, or each of those of LMTP that have none yet.
func (c *conn) answerMessage(r *reader, reply *Reply) {
	b := &c.body
	for {
		for ; b.answered < len(b.asks); b.answered++ {
			one := b.asks[b.answered]
			if err, set := r.statusOf(one); set {
				c.answer(one.id, c.replyOf(err, localError))
			} else {
				c.answer(one.id, reply)
			}
		}
		if !c.server.LMTP || b.answered >= len(c.accepted) {
			return
		}
		b.err = nil
		before := len(b.asks)
		b.skip()
		if len(b.asks) == before {
			return
		}
	}
}
