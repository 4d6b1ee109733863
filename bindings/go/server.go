package ehlo

// #include "shim.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Server is the receiving side of one connection. One goroutine at a time may use it. It holds some hundred octets of C
// memory, which Close frees.
type Server struct {
	c *C.ehlo_server
}

// NewServer begins a session for a new connection: call Advance once without input for the greeting.
func NewServer(config *ServerConfig) (*Server, error) {
	server := &Server{}
	if !config.use(func(c *C.ehlo_server_config) { server.c = C.ehlo_server_new(c, &C.ehlo_go_allocator) }) {
		return nil, ErrState
	}
	if server.c == nil {
		return nil, ErrMemory
	}
	runtime.SetFinalizer(server, (*Server).Close)
	return server, nil
}

// Close frees the session. All other calls on it give ErrState or nothing afterwards.
func (s *Server) Close() {
	if s.c != nil {
		C.ehlo_server_free(s.c)
		s.c = nil
		runtime.SetFinalizer(s, nil)
	}
}

// Advance gives the answers of the batch, shows the input, beginning with the octets that the last advance did not
// consume, and takes output into `out`: in one crossing into C. All three may be nothing. The events in the batch refer
// to `input`. Advance again with the rest of the input, once the events have been executed and the output sent, until
// an advance consumes nothing, writes nothing and gives no event; then batch.Wants says what the session waits for.
func (s *Server) Advance(b *ServerBatch, input, out []byte) error {
	if s.c == nil {
		return ErrState
	}
	var answers *C.ehlo_server_answer
	count := 0
	if !b.given && len(b.answers) != 0 {
		answers, count = (*C.ehlo_server_answer)(unsafe.Pointer(unsafe.SliceData(b.answers))), len(b.answers)
	}
	b.given = true
	C.ehlo_go_server_step(s.c, answers, C.uint32_t(count), octets(b.texts), C.size_t(len(b.texts)),
		octets(input), C.size_t(len(input)),
		(*C.ehlo_server_event)(unsafe.Pointer(unsafe.SliceData(b.events))), C.uint32_t(len(b.events)),
		(*C.ehlo_span)(unsafe.Pointer(unsafe.SliceData(b.spans))), C.uint32_t(len(b.spans)),
		(*C.ehlo_param)(unsafe.Pointer(unsafe.SliceData(b.params))), C.uint32_t(len(b.params)),
		&b.counts, octets(out), C.size_t(len(out)), (*C.ehlo_progress)(unsafe.Pointer(&b.at)))
	runtime.KeepAlive(s)
	at := &b.at
	b.Events = b.events[:b.counts.events]
	b.Consumed, b.Written = int(at.consumed), int(at.written)
	b.Wants, b.Facts, b.Timeout, b.Refused = at.wants, at.facts, at.timeout, int(at.refused)
	return errorOf(b.counts.error)
}

// Wants says what the session waits for.
func (s *Server) Wants() Wants {
	defer runtime.KeepAlive(s)
	if s.c == nil {
		return 0
	}
	return Wants(C.ehlo_server_wants(s.c))
}

// Facts of the session.
func (s *Server) Facts() Facts {
	defer runtime.KeepAlive(s)
	if s.c == nil {
		return 0
	}
	return Facts(C.ehlo_server_facts(s.c))
}

// Timeout says what is waited for now, and how long at most.
func (s *Server) Timeout() Timeout {
	defer runtime.KeepAlive(s)
	if s.c == nil {
		return Timeout{}
	}
	timeout := C.ehlo_server_timeout(s.c)
	return Timeout{TimeoutKind(timeout.kind), uint32(timeout.seconds)}
}

// ProtocolName is the protocol of the "with" clause of a trace field (RFC 3848): "ESMTPSA".
func (s *Server) ProtocolName() string {
	defer runtime.KeepAlive(s)
	if s.c == nil {
		return ""
	}
	return C.GoString(C.ehlo_server_protocol_name(s.c))
}

// TLSStarted reports that the handshake, which WantTLS asked for, has succeeded: input is what TLS decrypts from now on.
func (s *Server) TLSStarted() error {
	defer runtime.KeepAlive(s)
	if s.c == nil {
		return ErrState
	}
	return errorOf(C.ehlo_server_tls_started(s.c))
}

// TLSFailed reports that it has failed: the session ends.
func (s *Server) TLSFailed() error {
	defer runtime.KeepAlive(s)
	if s.c == nil {
		return ErrState
	}
	return errorOf(C.ehlo_server_tls_failed(s.c))
}

// EOF reports that the peer has closed or the transport has failed. The events of it come with the next advance.
func (s *Server) EOF() {
	if s.c != nil {
		C.ehlo_server_eof(s.c)
	}
	runtime.KeepAlive(s)
}

// TimedOut reports that the time of Timeout has passed: 421 and the end.
func (s *Server) TimedOut() {
	if s.c != nil {
		C.ehlo_server_timed_out(s.c)
	}
	runtime.KeepAlive(s)
}

// Shutdown ends the session with 421 as soon as the replies before it are decided; text "" stands for a default, with its
// status code.
func (s *Server) Shutdown(enhanced Enhanced, text string) error {
	defer runtime.KeepAlive(s)
	if s.c == nil {
		return ErrState
	}
	return errorOf(C.ehlo_server_shutdown(s.c, C.uint32_t(enhanced), chars(text), C.size_t(len(text))))
}

// Release ends an idle session without closing its connection, which goes on with a session of the other role (TURN,
// ATRN). ErrState: it is not idle.
func (s *Server) Release() error {
	defer runtime.KeepAlive(s)
	if s.c == nil {
		return ErrState
	}
	return errorOf(C.ehlo_server_release(s.c))
}
