package ehlo

// #include "shim.h"
import "C"

import (
	"cmp"
	"runtime"
	"unsafe"
)

// ClientBatch is what an advance of a client session works with. One serves any number of sessions, one advance at a
// time.
type ClientBatch struct {
	Events []ClientEvent // of the last advance
	Progress

	events []ClientEvent
	counts C.ehlo_go_counts
	at     C.ehlo_progress
}

// NewClientBatch makes a batch with room for so many events an advance; 0 stands for 32.
func NewClientBatch(events int) *ClientBatch {
	return &ClientBatch{events: make([]ClientEvent, max(cmp.Or(events, 32), ClientEventsMin))}
}

// Client is the sending side of one connection. One goroutine at a time may use it. Close frees its C memory.
//
// Commands are sent at once or refused; intents (Open, Transact) are carried out as replies arrive. A call
// that gives an error has sent nothing and changed nothing.
type Client struct {
	object[*C.ehlo_client]
}

// NewClient begins a session for a new connection.
func NewClient(config *ClientConfig) (*Client, error) {
	client, err := &Client{}, error(ErrState)
	config.use(func(c *C.ehlo_client_config) {
		err = client.own(C.ehlo_client_new(c, &C.ehlo_go_allocator), C.EHLO_E_MEMORY,
			func(c *C.ehlo_client) { C.ehlo_client_free(c) })
	})
	return made(client, err)
}

// Advance shows the input, beginning with the octets that the last advance did not consume, and takes output into
// `out`. The events in the batch refer to `input`. Advance again with the rest of the input, once the events have been
// executed and the output sent, until an advance consumes nothing, writes nothing and gives no event.
func (c *Client) Advance(b *ClientBatch, input, out []byte) error {
	if c.c == nil {
		return ErrState
	}
	C.ehlo_go_client_advance(c.c, bytesOf(input), C.size_t(len(input)), first[C.ehlo_client_event](b.events),
		C.uint32_t(len(b.events)), &b.counts, bytesOf(out), C.size_t(len(out)), &b.at)
	runtime.KeepAlive(c)
	b.Events = b.events[:b.counts.events]
	b.take(&b.at)
	return errorOf(b.counts.error)
}

// Transact sends the envelope as one transaction; then Wants says WantBody, and the content is given by Body or
// BodyCopy. Each recipient has its OUTCOME event, DONE ends it.
func (c *Client) Transact(envelope *Envelope) error {
	err := error(ErrArgument) // of one that is closed
	envelope.use(func(e *C.ehlo_envelope) {
		err = c.call(func() C.int32_t { return C.ehlo_client_transact(c.c, e) })
	})
	return err
}

// LacksKeyword gives the keyword of the parameter, or the SASL mechanism, for which the last call gave ErrNotOffered, as
// it was written; "": it was neither, see Lacks. Of more than 63 octets it gives the first 63.
func (c *Client) LacksKeyword() (keyword string) {
	c.with(func() {
		var length C.size_t
		keyword = C.GoStringN(C.ehlo_client_lacks_keyword(c.c, &length), C.int(length))
	})
	return keyword
}

// BDAT sends the line of a chunk; the program takes the output and sends `content` after it as it is, before any other
// call. Not for transactions of envelopes. Without BODY=BINARYMIME all chunks together are text with the rules of DATA.
// ErrBareLF, ErrBareCR, ErrFalseEnd, ErrNUL: nothing has changed, and `position` is that of the octet from the start of
// the first chunk. EndingsNormalize repairs nothing here: the octets are announced.
func (c *Client) BDAT(content []byte, last bool) (position int, err error) {
	var at C.size_t
	err = c.call(func() C.int32_t {
		return C.ehlo_client_bdat(c.c, bytesOf(content), C.size_t(len(content)), truth(last), &at)
	})
	return int(at), err
}

// Body gives content: after GO_AHEAD, or when Wants says WantBody in a transaction of an envelope. `last`: the content
// ends with these octets. It fills `spans` (at least 8) with what is to be sent, in order, after the output, which is
// to be taken and sent with them before any other call: see Span.BodyIn. Where the spans run out, `consumed` says how
// much was taken: call again with the rest. ErrBareLF, ErrBareCR, ErrFalseEnd, ErrNUL: nothing of this call may be
// sent, and `consumed` is the position of the octet from the start of the content.
func (c *Client) Body(content []byte, last bool, spans []Span) (count, consumed int, err error) {
	var n C.uint32_t
	var used C.size_t
	err = c.call(func() C.int32_t {
		return C.ehlo_client_body(c.c, bytesOf(content), C.size_t(len(content)), truth(last), first[C.ehlo_span](spans),
			C.uint32_t(len(spans)), &n, &used)
	})
	return int(n), int(used), err
}

// BodyCopy writes the pending output and what is to be sent of the content into `out`, of 64 octets at least; the rest
// of the content is given again.
func (c *Client) BodyCopy(content []byte, last bool, out []byte) (written, consumed int, err error) {
	var n, used C.size_t
	err = c.call(func() C.int32_t {
		return C.ehlo_client_body_copy(c.c, bytesOf(content), C.size_t(len(content)), truth(last), bytesOf(out),
			C.size_t(len(out)), &n, &used)
	})
	return int(n), int(used), err
}

// Offers says whether the reply to the last hello has a line with this keyword, in any case and known to the library or not,
// and what follows it there. It is about the reply alone: what may be used now Extensions says.
func (c *Client) Offers(keyword string) (arguments string, ok bool) {
	c.with(func() {
		var span C.ehlo_span
		if ok = C.ehlo_client_offers(c.c, chars(keyword), C.size_t(len(keyword)), &span) == 1; ok {
			arguments = spanOf(span).Text(c.HelloReply())
		}
	})
	return arguments, ok
}

// SizeLimit is the limit of SIZE, if the server gave one; 0 octets is no fixed limit.
func (c *Client) SizeLimit() (octets uint64, given bool) {
	c.with(func() {
		var limit C.uint64_t
		given = C.ehlo_client_size_limit(c.c, &limit) == 1
		octets = uint64(limit)
	})
	return octets, given
}

// HelloReply gives a copy of the reply to the last hello, for Capabilities; nil before.
func (c *Client) HelloReply() (reply []byte) {
	c.with(func() {
		var length C.size_t
		if text := C.ehlo_client_hello_reply(c.c, &length); text != nil {
			reply = C.GoBytes(unsafe.Pointer(text), C.int(length))
		}
	})
	return reply
}
