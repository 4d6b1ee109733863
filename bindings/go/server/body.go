package server

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

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
	statuses map[int]error
}

type ask struct{ id, index uint32 }

// reader is what the program has of the body of one message. It may read in another goroutine, and keep the reader: once
// Data has come back it reads nothing.
type reader struct {
	mu   sync.Mutex
	body *body // nil: Data has come back
}

// Read gives content.
func (r *reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body == nil {
		return 0, errReaderClosed
	}
	return r.body.Read(p)
}

// WriteTo writes the content straight from the buffer that it was read into.
func (r *reader) WriteTo(w io.Writer) (int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body == nil {
		return 0, errReaderClosed
	}
	return r.body.WriteTo(w)
}

// SetStatus keeps the answer for one recipient.
func (r *reader) SetStatus(recipient int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.body != nil {
		r.body.SetStatus(recipient, err)
	}
}

// reclaim takes the body back, also from a goroutine that waits for content in it.
func (r *reader) reclaim() {
	c := r.body.c
	if !r.mu.TryLock() {
		c.reclaiming.Store(true)
		c.wake()
		r.mu.Lock()
		c.reclaiming.Store(false)
		c.readDeadline = time.Time{}
	}
	r.body = nil
	r.mu.Unlock()
}

func (b *body) SetStatus(recipient int, err error) {
	if b.statuses == nil {
		b.statuses = map[int]error{}
	}
	b.statuses[recipient] = err
}

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
		case ehlo.EventBody:
			b.spans = b.c.work.batch.Body(e)
			return true
		case ehlo.EventBDAT, ehlo.EventChunk:
		case ehlo.EventMessage:
			b.asks = append(b.asks, ask{e.ID, e.Index})
			b.err = io.EOF
		case ehlo.EventAbort:
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
	r := &reader{body: b}
	err := c.data(r)
	r.reclaim()
	c.stopWatching()
	reply := (*Reply)(nil)
	if b.err == nil || b.err == io.EOF {
		reply = c.replyOf(err, localError)
	}
	if b.err == nil && !accepts(reply) && len(b.statuses) == 0 {
		// Decided before the end: the rest need not even be looked at.
		c.acquire()
		c.work.batch.RefuseMessage(reply.Code, reply.Enhanced, sendable(reply.Text, c.facts&ehlo.FactSMTPUTF8 != 0))
		c.still = false
	}
	b.skip()
	if len(b.asks) != 0 {
		c.answerMessage(b, reply)
	}
	b.err, b.spans, b.given = errReaderClosed, nil, 0
	c.reset()
}

func (c *conn) data(r *reader) error {
	if session, ok := c.program.(LMTPSession); ok {
		return session.LMTPData(c.ctx, r, r)
	}
	return c.program.Data(c.ctx, r)
}

// answerMessage answers the one ask of SMTP, or each of those of LMTP.
func (c *conn) answerMessage(b *body, reply *Reply) {
	for answered := 0; ; {
		for ; answered < len(b.asks); answered++ {
			one := b.asks[answered]
			own := reply
			if which := slices.Index(c.accepted, one.index); c.server.LMTP && which >= 0 {
				if err, ok := b.statuses[which]; ok {
					own = c.replyOf(err, localError)
				}
			}
			c.answer(one.id, own)
		}
		if !c.server.LMTP || answered >= len(c.accepted) {
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
