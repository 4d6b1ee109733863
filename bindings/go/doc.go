// Package ehlo is the Go form of libehlo, an SMTP and LMTP protocol core: parsers, writers and the state machines of
// both roles, without sockets, goroutines or clocks of its own.
//
// Package server, built on it, receives mail on a net.Listener; package client sends it. This package is for programs
// that own their transport.
//
// # Sessions
//
// A program reads from its transport into a buffer of its own and shows the buffer to the session: one call,
// Server.Advance or Client.Advance, gives it the answers and the input, and brings back plain events, output to be
// sent, and what the session waits for. Events refer to the input by offset; nothing in the library points at Go memory
// when a call has returned, and no call allocates on Go's heap for a command.
//
//	batch := ehlo.NewServerBatch(0, 0)
//	for {
//		if err := session.Advance(batch, input[start:end], out[:]); err != nil { ... }
//		for i := range batch.Events {
//			switch event := &batch.Events[i]; event.Type {
//			case ehlo.ServerEventMAIL, ehlo.ServerEventRCPT, ehlo.ServerEventMessage:
//				batch.Accept(event.ID) // given with the next advance
//			case ehlo.ServerEventBody:
//				for _, span := range batch.Body(event) {
//					file.Write(span.BodyIn(input[start:end]))
//				}
//			}
//		}
//		start += batch.Consumed
//		conn.Write(out[:batch.Written])
//		...
//	}
//
// Sessions, configurations, envelopes and decoders hold C memory, which Close frees, in any order; a finalizer frees
// what was not closed.
//
// # Linking
//
// By default the package links build/libehlo.a of the source tree that it stands in (tools/build release). With the build
// tag ehlo_pkgconfig it takes an installed libehlo.
package ehlo

//go:generate ../../capi/constants.py --go constants.go
//go:generate ./generate.py
