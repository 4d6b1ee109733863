package ehlo

// #include "shim.h"
import "C"

import "runtime"

// Server is the receiving side of one connection. One goroutine at a time may use it. It holds some hundred octets of C
// memory, which Close frees.
type Server struct {
	object[*C.ehlo_server]
}

// NewServer begins a session for a new connection: call Advance once without input for the greeting.
func NewServer(config *ServerConfig) (*Server, error) {
	server, err := &Server{}, error(ErrState)
	config.use(func(c *C.ehlo_server_config) {
		err = server.own(C.ehlo_server_new(c, &C.ehlo_go_allocator), C.EHLO_E_MEMORY,
			func(c *C.ehlo_server) { C.ehlo_server_free(c) })
	})
	if err != nil {
		return nil, err
	}
	return server, nil
}

// Advance gives the answers of the batch, shows the input, beginning with the octets that the last advance did not
// consume, and takes output into `out`: in one crossing into C. All three may be nothing. The events in the batch refer
// to `input`. Advance again with the rest of the input, once the events have been executed and the output sent, until
// an advance consumes nothing, writes nothing and gives no event; then batch.Wants says what the session waits for.
func (s *Server) Advance(b *ServerBatch, input, out []byte) error {
	if s.c == nil {
		return ErrState
	}
	answers := b.answers
	if b.given {
		answers = nil
	}
	b.given = true
	C.ehlo_go_server_advance(s.c, first[C.ehlo_server_answer](answers), C.uint32_t(len(answers)),
		bytesOf(b.texts), C.size_t(len(b.texts)), bytesOf(input), C.size_t(len(input)),
		first[C.ehlo_server_event](b.events), C.uint32_t(len(b.events)),
		first[C.ehlo_span](b.spans), C.uint32_t(len(b.spans)), first[C.ehlo_param](b.params), C.uint32_t(len(b.params)),
		&b.counts, bytesOf(out), C.size_t(len(out)), &b.at)
	runtime.KeepAlive(s)
	b.Events = b.events[:b.counts.events]
	b.take(&b.at)
	return errorOf(b.counts.error)
}

// Wants says what the session waits for.
func (s *Server) Wants() Wants {
	return asked(&s.object, func() Wants { return Wants(C.ehlo_server_wants(s.c)) })
}

// Facts of the session.
func (s *Server) Facts() Facts {
	return asked(&s.object, func() Facts { return Facts(C.ehlo_server_facts(s.c)) })
}

// Timeout says what is waited for now, and how long at most.
func (s *Server) Timeout() Timeout {
	return asked(&s.object, func() Timeout { return timeoutOf(C.ehlo_server_timeout(s.c)) })
}

// ProtocolName is the protocol of the "with" clause of a trace field (RFC 3848): "ESMTPSA".
func (s *Server) ProtocolName() string {
	return asked(&s.object, func() string { return C.GoString(C.ehlo_server_protocol_name(s.c)) })
}

// TLSStarted reports that the handshake, which WantTLS asked for, has succeeded: input is what TLS decrypts from now on.
func (s *Server) TLSStarted() error {
	return s.call(func() C.int32_t { return C.ehlo_server_tls_started(s.c) })
}

// TLSFailed reports that it has failed: the session ends.
func (s *Server) TLSFailed() error {
	return s.call(func() C.int32_t { return C.ehlo_server_tls_failed(s.c) })
}

// EOF reports that the peer has closed or the transport has failed. The events of it come with the next advance.
func (s *Server) EOF() { s.tell(func() { C.ehlo_server_eof(s.c) }) }

// TimedOut reports that the time of Timeout has passed: 421 and the end.
func (s *Server) TimedOut() { s.tell(func() { C.ehlo_server_timed_out(s.c) }) }

// Shutdown ends the session with 421 as soon as the replies before it are decided; text "" stands for a default, with its
// status code.
func (s *Server) Shutdown(enhanced Enhanced, text string) error {
	return s.call(func() C.int32_t {
		return C.ehlo_server_shutdown(s.c, C.uint32_t(enhanced), chars(text), C.size_t(len(text)))
	})
}

// Release ends an idle session without closing its connection, which goes on with a session of the other role (TURN,
// ATRN). ErrState: it is not idle.
func (s *Server) Release() error {
	return s.call(func() C.int32_t { return C.ehlo_server_release(s.c) })
}
