package ehlo

// #include "shim.h"
import "C"

import "runtime"

// ParamText is an ESMTP parameter to be sent, its value as it goes over the wire: see AppendParamValue.
type ParamText struct {
	Keyword  string
	Value    string
	HasValue bool // there is a "="
}

// Flag gives a parameter without a value, Value one with it.
func Flag(keyword string) ParamText         { return ParamText{Keyword: keyword} }
func Value(keyword, value string) ParamText { return ParamText{keyword, value, true} }

type paramSpans struct{ keyword, value Span }

// flat holds parameters as pieces of one text, since Go may not pass C an array of pointers.
type flat struct {
	texts []byte
	spans []paramSpans
}

func (f *flat) set(params []ParamText) (*C.char, *C.ehlo_go_param, C.size_t) {
	f.texts, f.spans = f.texts[:0], f.spans[:0]
	for _, param := range params {
		one := paramSpans{Span{uint32(len(f.texts)), uint32(len(param.Keyword))}, Span{Absent, 0}}
		f.texts = append(f.texts, param.Keyword...)
		if param.HasValue {
			one.value = Span{uint32(len(f.texts)), uint32(len(param.Value))}
			f.texts = append(f.texts, param.Value...)
		}
		f.spans = append(f.spans, one)
	}
	return (*C.char)(bytesOf(f.texts)), (*C.ehlo_go_param)(spansOf(f.spans)), C.size_t(len(f.spans))
}

// EnvelopeOptions is the sender's part of an envelope.
type EnvelopeOptions struct {
	Sender     string      // without brackets; "" is the null reverse-path
	Params     []ParamText // of MAIL, besides those that the session adds: SIZE, BODY, SMTPUTF8
	Size       uint64      // octets of the content (RFC 1870 3); 0: not known
	Body       Body        // more than Body7BIT is refused where the server does not have it
	SMTPUTF8   bool        // the header needs it; a non-ASCII address needs it anyway
	RequireTLS bool        // RFC 8689
}

// Envelope is what is to be sent to whom, checked when it is built. It may be submitted to any number of sessions, which hold
// it until they have been given the content, or their transaction is over.
type Envelope struct {
	shared[*C.ehlo_envelope]
	flat flat
}

// NewEnvelope makes an envelope without recipients. ErrArgument: the sender or a parameter is against its grammar.
func NewEnvelope(o EnvelopeOptions) (*Envelope, error) {
	envelope := &Envelope{}
	texts, spans, count := envelope.flat.set(o.Params)
	var flags C.uint32_t
	if o.SMTPUTF8 {
		flags |= C.EHLO_ENVELOPE_FLAG_SMTPUTF8
	}
	if o.RequireTLS {
		flags |= C.EHLO_ENVELOPE_FLAG_REQUIRETLS
	}
	var rc C.int32_t
	envelope.c = C.ehlo_go_envelope_new(chars(o.Sender), C.size_t(len(o.Sender)), texts, spans, count,
		C.uint64_t(o.Size), C.uint32_t(o.Body), flags, &rc)
	if envelope.c == nil {
		return nil, errorOf(rc)
	}
	runtime.SetFinalizer(envelope, (*Envelope).Close)
	return envelope, nil
}

// Add adds a recipient, without brackets; its index is the number of those before it. After ErrArgument the envelope
// is as before. ErrState: it is closed, or a session holds it.
func (e *Envelope) Add(recipient string, params ...ParamText) error {
	err := error(ErrState)
	e.use(func(c *C.ehlo_envelope) {
		texts, spans, count := e.flat.set(params)
		err = errorOf(C.ehlo_go_envelope_add(c, chars(recipient), C.size_t(len(recipient)), texts, spans, count))
	})
	return err
}

// Recipients is their number.
func (e *Envelope) Recipients() (count int) {
	e.use(func(c *C.ehlo_envelope) { count = int(C.ehlo_envelope_count(c)) })
	return count
}

// Close frees the envelope, once no session holds it any more.
func (e *Envelope) Close() {
	e.close(func(c *C.ehlo_envelope) { C.ehlo_envelope_free(c) })
	runtime.SetFinalizer(e, nil)
}
