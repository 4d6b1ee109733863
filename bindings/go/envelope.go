package ehlo

// #include "shim.h"
import "C"

// ParamText is an ESMTP parameter to be sent, its value as it goes over the wire: see AppendParamValue.
type ParamText struct {
	Keyword  string
	Value    string
	HasValue bool // there is a "="
}

// Flag gives a parameter without a value, Value one with it.
func Flag(keyword string) ParamText         { return ParamText{Keyword: keyword} }
func Value(keyword, value string) ParamText { return ParamText{keyword, value, true} }

// EnvelopeOptions is the sender's part of an envelope.
type EnvelopeOptions struct {
	Sender     string      // without brackets; "" is the null reverse-path
	Params     []ParamText // of MAIL, besides those that the session adds: SIZE, BODY, SMTPUTF8
	Size       uint64      // octets of the content (RFC 1870 3); 0: not known
	Body       Body        // more than Body7BIT is refused where the server does not have it
	SMTPUTF8   bool        // the header needs it; a non-ASCII address needs it anyway
	RequireTLS bool        // RFC 8689

	// Config is that of sessions whose rows are known: their parameters are checked when they are given; nil: those of the
	// library alone. Any session takes the envelope.
	Config *ClientConfig
}

// Envelope is what is to be sent to whom, checked when it is built. It may be submitted to any number of sessions, which hold
// it until they have been given the content, or their transaction is over. Close frees it then.
type Envelope struct {
	shared[*C.ehlo_envelope]
}

// NewEnvelope makes an envelope without recipients. ErrArgument: the sender or a parameter is against its grammar;
// ErrState: Config is closed.
func NewEnvelope(o EnvelopeOptions) (*Envelope, error) {
	var pin pins
	defer pin.Unpin()
	var c C.ehlo_envelope_options
	C.ehlo_envelope_options_init(&c, C.sizeof_ehlo_envelope_options)
	c.sender, c.sender_length = pin.view(o.Sender), C.size_t(len(o.Sender))
	c.params, c.param_count = pin.params(o.Params)
	c.size, c.body = C.uint64_t(o.Size), C.uint32_t(o.Body)
	c.flags = flag(o.SMTPUTF8, C.EHLO_ENVELOPE_FLAG_SMTPUTF8) | flag(o.RequireTLS, C.EHLO_ENVELOPE_FLAG_REQUIRETLS)
	envelope, err := &Envelope{}, error(ErrState)
	create := func(config *C.ehlo_client_config) {
		var rc C.int32_t
		c.config = config
		created := C.ehlo_envelope_new(&c, &C.ehlo_go_allocator, &rc)
		err = envelope.own(created, rc, func(c *C.ehlo_envelope) { C.ehlo_envelope_free(c) })
	}
	if o.Config == nil {
		create(nil)
	} else {
		o.Config.use(create)
	}
	return made(envelope, err)
}

// Add adds a recipient, without brackets; its index is the number of those before it. After ErrArgument the envelope
// is as before. ErrState: it is closed, or a session holds it.
func (e *Envelope) Add(recipient string, params ...ParamText) error {
	var pin pins
	defer pin.Unpin()
	list, count := pin.params(params)
	err := error(ErrState)
	e.use(func(c *C.ehlo_envelope) {
		err = errorOf(C.ehlo_envelope_add(c, chars(recipient), C.size_t(len(recipient)), list, count))
	})
	return err
}

// Recipients is their number.
func (e *Envelope) Recipients() (count int) {
	e.use(func(c *C.ehlo_envelope) { count = int(C.ehlo_envelope_count(c)) })
	return count
}
