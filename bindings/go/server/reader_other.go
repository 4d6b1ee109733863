//go:build !unix

package server

import "net"

// rawReader is for systems on which sockets are read in the usual way.
type rawReader struct{}

func (*rawReader) of(*conn, net.Conn) {}

func (*rawReader) can() bool { return false }

func (*rawReader) fill(*conn) error { return nil }

func (*rawReader) peerGone() bool { return false }
