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
	return made(server, err)
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
