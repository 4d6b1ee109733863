package server

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// reader is what the program has of the body of one message. It may read in another goroutine, and keep the reader: once
// Data has come back it reads nothing.
type reader struct {
	c          *conn
	recipients int // of LMTP; 0: there is one answer for all

	mu   sync.Mutex // who holds it has the connection
	body *body      // nil: Data has come back

	statusMu sync.Mutex
	statuses map[int]error
	news     atomic.Bool // a status has been set since somebody looked
}

func (c *conn) newReader() *reader {
	r := &reader{c: c, body: &c.body}
	if c.server.LMTP {
		r.recipients = len(c.accepted)
	}
	return r
}

// Read gives content.
func (r *reader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.release()
	if r.body == nil {
		return 0, errReaderClosed
	}
	return r.body.Read(p)
}

// WriteTo writes the content straight from the buffer that it was read into.
func (r *reader) WriteTo(w io.Writer) (int64, error) {
	r.mu.Lock()
	defer r.release()
	if r.body == nil {
		return 0, errReaderClosed
	}
	return r.body.WriteTo(w)
}

// SetStatus keeps the answer for one recipient, and sends it if it is the next one. Who is reading does that afterwards.
func (r *reader) SetStatus(recipient int, err error) {
	if r.recipients == 0 {
		return
	}
	if recipient < 0 || recipient >= r.recipients {
		r.c.logError("a status is set for a recipient that is none", fmt.Errorf("number %d of %d", recipient, r.recipients))
		return
	}
	r.statusMu.Lock()
	if r.statuses == nil {
		r.statuses = map[int]error{}
	}
	if _, set := r.statuses[recipient]; !set {
		r.statuses[recipient] = err
	}
	r.statusMu.Unlock()
	r.news.Store(true)
	if r.mu.TryLock() {
		r.release()
	}
}

// statusOf gives the answer for the recipient of an ask, if the program has set one.
func (r *reader) statusOf(one ask) (err error, set bool) {
	r.statusMu.Lock()
	defer r.statusMu.Unlock()
	if len(r.statuses) == 0 {
		return nil, false
	}
	at, _ := slices.BinarySearch(r.c.accepted, one.index) // they are in the order of RCPT
	err, set = r.statuses[at]
	return err, set
}

func (r *reader) hasStatuses() bool {
	r.statusMu.Lock()
	defer r.statusMu.Unlock()
	return len(r.statuses) != 0
}

// release lets go of the connection, and sends the answers that have been set meanwhile.
func (r *reader) release() {
	for {
		r.news.Store(false)
		if r.body != nil && r.hasStatuses() {
			r.answerEarly()
		}
		r.mu.Unlock()
		if !r.news.Load() || !r.mu.TryLock() {
			return
		}
	}
}

// answerEarly gives the answers that are next in the order of RCPT, and sends their replies. It reads nothing, and takes
// no event that is not about this message.
func (r *reader) answerEarly() {
	b, c := r.body, r.c
	for !c.over && c.takeAsks() && b.err == io.EOF {
		for b.answered < len(b.asks) {
			err, set := r.statusOf(b.asks[b.answered])
			if !set {
				break
			}
			c.answer(b.asks[b.answered].id, c.replyOf(err, localError))
			b.answered++
		}
		given := c.work == nil || c.work.batch.Answers() == 0
		if given && (c.still || b.answered == r.recipients) {
			break
		}
		c.turn() // there may be more asks now, which had no room
	}
	c.flush()
}

// takeAsks takes those of the message that there are. False: something else comes first.
func (c *conn) takeAsks() bool {
	for c.work != nil && c.at < len(c.work.batch.Events) {
		e := &c.work.batch.Events[c.at]
		if e.Type != ehlo.ServerEventMessage || len(c.body.spans) != 0 {
			return false
		}
		c.at++
		c.body.complete(e)
	}
	return true
}

// reclaim takes the body back, also from a goroutine that waits for content in it.
func (r *reader) reclaim() {
	if !r.mu.TryLock() {
		r.c.reclaiming.Store(true)
		r.c.wake()
		r.mu.Lock()
		r.c.reclaiming.Store(false)
		r.c.readDeadline = time.Time{}
	}
	r.body = nil
	r.mu.Unlock()
}
