//go:build unix

package server

import (
	"io"
	"net"
	"syscall"
)

// rawReader waits for input of a plain socket without holding a buffer: it takes one when there is something to read.
type rawReader struct {
	raw syscall.RawConn
	try func(fd uintptr) bool
}

func (r *rawReader) of(c *conn, nc net.Conn) {
	r.raw = nil
	switch plain := nc.(type) {
	case *net.TCPConn:
		r.raw, _ = plain.SyscallConn()
	case *net.UnixConn:
		r.raw, _ = plain.SyscallConn()
	}
	if r.raw != nil && r.try == nil {
		r.try = c.tryRead
	}
}

func (r *rawReader) can() bool { return r.raw != nil }

func (r *rawReader) fill(c *conn) error {
	if err := r.raw.Read(r.try); err != nil {
		return err
	}
	return c.readErr
}

func (c *conn) tryRead(fd uintptr) bool {
	c.acquire()
	c.makeRoom()
	for {
		n, err := syscall.Read(int(fd), c.work.in[c.end:])
		switch {
		case n > 0:
			c.end += n
			c.readErr = nil
		case err == syscall.EINTR:
			continue
		case err == syscall.EAGAIN:
			c.release(true)
			return false
		case err == nil:
			c.readErr = io.EOF
		default:
			c.readErr = err
		}
		return true
	}
}

// peerGone waits until the peer has closed; it takes nothing off the socket. False: there is input, or the wait was
// ended by a deadline.
func (r *rawReader) peerGone() (gone bool) {
	var octet [1]byte
	err := r.raw.Read(func(fd uintptr) bool {
		n, _, err := syscall.Recvfrom(int(fd), octet[:], syscall.MSG_PEEK)
		if err == syscall.EAGAIN || err == syscall.EINTR {
			return false
		}
		gone = err != nil || n == 0
		return true
	})
	return err == nil && gone
}
