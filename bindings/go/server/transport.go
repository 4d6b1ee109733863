package server

import (
	"cmp"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// setTransport makes `nc` what is read from and written to.
func (c *conn) setTransport(nc net.Conn) {
	c.nc = nc
	c.readDeadline, c.writeDeadline = time.Time{}, time.Time{}
	c.reader.of(c, nc)
}

// wake ends a read that is going on, so that the connection looks at what the server wants.
func (c *conn) wake() { c.lower.SetReadDeadline(time.Unix(1, 0)) }

// acquire gets what is needed to do something.
func (c *conn) acquire() {
	if c.work != nil {
		return
	}
	c.work = c.server.pool.Get().(*work)
	c.start, c.end = 0, copy(c.work.in, c.rest)
	c.rest = c.rest[:0]
	c.at = 0
}

// release gives it back while there is nothing to do. What is left of the input is kept, if it is little.
func (c *conn) release(keep bool) {
	if c.work == nil || c.out != 0 || (keep && c.end-c.start > 512) {
		return
	}
	if keep {
		c.rest = append(c.rest[:0], c.work.in[c.start:c.end]...)
	}
	c.work.batch.Reset()
	c.server.pool.Put(c.work)
	c.work, c.view = nil, nil
}

// fill reads what there is, and waits for it.
func (c *conn) fill() error {
	if c.reader.can() {
		return c.reader.fill(c)
	}
	c.acquire()
	c.makeRoom()
	n, err := c.nc.Read(c.work.in[c.end:])
	c.end += n
	if n > 0 {
		return nil
	}
	return err
}

func (c *conn) makeRoom() {
	if c.start == c.end {
		c.start, c.end = 0, 0
	} else if len(c.work.in)-c.end < len(c.work.in)/2 {
		c.end = copy(c.work.in, c.work.in[c.start:c.end])
		c.start = 0
	}
}

// flush sends the output. False: the connection is lost.
func (c *conn) flush() bool {
	if c.out == 0 {
		return true
	}
	c.setWriteDeadline()
	_, err := c.nc.Write(c.work.out[:c.out])
	c.out = 0
	if err != nil {
		c.lost()
		return false
	}
	return true
}

// patience is how long the session waits for what it waits for.
func (c *conn) patience() time.Duration {
	own, patience := &c.server.Timeouts, time.Duration(0)
	switch c.timeout.Kind {
	case ehlo.TimeoutCommand:
		patience = own.Command
	case ehlo.TimeoutDATA:
		patience = own.Data
	case ehlo.TimeoutTLS:
		patience = own.TLS
	}
	return cmp.Or(patience, time.Duration(c.timeout.Seconds)*time.Second, defaultPatience)
}

const defaultPatience = 5 * time.Minute

// later moves a deadline on, which may be a little late already: timers cost. False: it stays.
func later(deadline *time.Time, patience time.Duration) bool {
	now := time.Now()
	if left := deadline.Sub(now); left >= patience && left <= patience+patience/16 {
		return false
	}
	*deadline = now.Add(patience + patience/16)
	return true
}

// setReadDeadline gives the client its time from the last octet that was of use.
func (c *conn) setReadDeadline() {
	if !c.fresh && !c.readDeadline.IsZero() {
		return
	}
	c.fresh = false
	if !later(&c.readDeadline, c.patience()) {
		return
	}
	c.nc.SetReadDeadline(c.readDeadline)
	if c.mustEnd() {
		c.wake()
	}
}

// expired says whether the client has had its time.
func (c *conn) expired() bool { return !c.readDeadline.IsZero() && !time.Now().Before(c.readDeadline) }

func (c *conn) setWriteDeadline() {
	if later(&c.writeDeadline, cmp.Or(c.server.Timeouts.Write, defaultPatience)) {
		c.nc.SetWriteDeadline(c.writeDeadline)
	}
}

// startTLS does the handshake that STARTTLS asked for. Afterwards nothing counts that was learnt before.
func (c *conn) startTLS() {
	c.still = false
	if !c.secure() {
		c.session.TLSFailed()
		return
	}
	c.endProgram()
	c.host = ""
	if err := c.session.TLSStarted(); err != nil {
		c.over = true
		return
	}
	c.newProgram()
	if c.refused != nil {
		c.session.Shutdown(c.refused.Enhanced, sendable(c.refused.Text, false))
	}
}

func (c *conn) secure() bool {
	secure := tls.Server(c.nc, c.server.TLSConfig)
	c.nc.SetDeadline(time.Now().Add(cmp.Or(c.server.Timeouts.TLS, defaultPatience)))
	if c.mustEnd() {
		c.wake()
	}
	if err := secure.Handshake(); err != nil {
		c.server.log().Info("the TLS handshake failed", "error", err, "remote", c.nc.RemoteAddr().String())
		return false
	}
	c.nc.SetDeadline(time.Time{})
	c.setTransport(secure)
	return true
}

// waitSilently waits for input before the greeting, for so long at most.
func (c *conn) waitSilently(delay time.Duration) {
	c.nc.SetReadDeadline(time.Now().Add(delay))
	n, err := c.nc.Read(c.work.in)
	c.end += n
	c.readDeadline = time.Time{}
	c.nc.SetReadDeadline(c.readDeadline)
	if err != nil && !isTimeout(err) {
		c.session.EOF()
	}
}

// close closes the connection. Where the client may still be sending it is given a moment to read the last reply: input
// that nobody reads would have the system throw it away.
func (c *conn) close() {
	plain, ok := c.nc.(*net.TCPConn)
	if ok && c.closeErr != 0 && c.closeErr != ehlo.ErrConnectionLost && plain.CloseWrite() == nil {
		plain.SetReadDeadline(time.Now().Add(time.Second))
		var octets [4096]byte
		for range 64 {
			if _, err := plain.Read(octets[:]); err != nil {
				break
			}
		}
	}
	c.nc.Close()
}
