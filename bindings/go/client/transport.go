package client

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"time"
)

func (c *Client) patience() time.Duration {
	return cmp.Or(c.options.Patience, time.Duration(c.session.Timeout().Seconds)*time.Second, 5*time.Minute)
}

// setReadDeadline gives the server its time for what is awaited. It counts from what went on last: octets that lead to
// nothing buy no time.
func (c *Client) setReadDeadline() {
	if c.moved {
		c.moved = false
		c.deadline = time.Now().Add(c.patience())
	}
	c.nc.SetReadDeadline(c.deadline)
	c.heedContext()
}

// heedContext is called after every new deadline: the context may have ended before.
func (c *Client) heedContext() {
	if c.canceled.Load() {
		c.nc.SetDeadline(time.Unix(1, 0))
	}
}

// read waits for input. What an error means the session decides, but for the end of the context.
func (c *Client) read(ctx context.Context) {
	c.makeRoom()
	err := c.heard
	if err == nil {
		c.setReadDeadline()
		var n int
		n, err = c.nc.Read(c.in[c.end:])
		c.end += n
		if n > 0 || err == nil {
			return
		}
	}
	switch {
	case c.canceled.Load() && ctx.Err() != nil:
		c.session.Abort()
	case errors.Is(err, os.ErrDeadlineExceeded):
		c.session.TimedOut()
	default:
		if err != io.EOF && c.broken == nil {
			c.broken = err
		}
		c.session.EOF()
	}
}

// makeRoom has the buffer take more input.
func (c *Client) makeRoom() {
	if c.start == c.end {
		c.start, c.end = 0, 0
	} else if c.start != 0 {
		c.end = copy(c.in, c.in[c.start:c.end])
		c.start = 0
	}
	if c.end == len(c.in) {
		c.in = append(c.in, make([]byte, len(c.in))...)
	}
}

const (
	// unheard is how much is written without listening meanwhile: no window is smaller.
	unheard = 4 << 10
	// mostHeard is how much is kept of what comes while something is written: more than all replies that are awaited.
	mostHeard = 1 << 20
)

// write sends. Where that fails the server may have said why: what it said is read before the connection counts as lost.
func (c *Client) write(octets []byte) {
	if c.broken != nil {
		return
	}
	c.nc.SetWriteDeadline(time.Now().Add(c.patience()))
	c.heedContext()
	if len(octets) > unheard && c.heard == nil {
		defer c.listen()()
	}
	if _, err := c.nc.Write(octets); err != nil {
		c.broken = err
	}
}

// listen reads while something is written, until the function that it gives is called. A server whose replies nobody
// takes in stops reading: both would wait for each other (RFC 2920 3.1).
func (c *Client) listen() (stop func()) {
	c.nc.SetReadDeadline(time.Time{})
	c.heedContext()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for c.end-c.start < mostHeard {
			c.makeRoom()
			n, err := c.nc.Read(c.in[c.end:])
			c.end += n
			if err != nil {
				if !errors.Is(err, os.ErrDeadlineExceeded) {
					c.heard = err
				}
				return
			}
		}
	}()
	return func() {
		c.nc.SetReadDeadline(time.Unix(1, 0))
		<-ended
	}
}
