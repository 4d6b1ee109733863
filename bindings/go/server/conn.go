package server

import (
	"context"
	"crypto/tls"
	"net"
	"runtime/debug"
	"sync/atomic"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

const (
	bufferOctets = 32 << 10 // of input; grows with the longest line that the configuration permits
	outputOctets = 4 << 10
)

// work is what a connection needs while it has something to do. Connections that wait for their client have none.
type work struct {
	batch *ehlo.ServerBatch
	in    []byte
	out   []byte
}

// conn is one connection: its transport, its protocol session and the session of the program.
type conn struct {
	server  *Server
	public  Conn
	nc      net.Conn // the TLS connection once there is one
	lower   net.Conn // the network connection, which other goroutines may close or wake
	session *ehlo.Server
	program Session
	ctx     connContext
	cancel  context.CancelFunc
	tooMany bool

	work       *work
	view       []byte // what the events of the last advance refer to
	start, end int    // of the input that was read and not consumed
	rest       []byte // the same, while there is no work
	out        int    // octets of output not yet sent
	at         int    // the next event of the batch
	still      bool   // nothing can happen before more input is read
	over       bool   // the connection is finished

	wants   ehlo.Wants
	facts   ehlo.Facts
	timeout ehlo.Timeout
	fresh   bool // something was consumed since the read deadline was set

	readDeadline, writeDeadline time.Time
	reader                      rawReader
	readErr                     error

	host        string
	transaction bool
	refused     *Reply   // by NewSession
	accepted    []uint32 // recipients, by the index of their RCPT
	undecided   []undecided
	body        body
	reclaiming  atomic.Bool // Data has come back, and somebody still reads
	exchange    exchange
	asking      uint32 // the ask that is being decided
	ending      bool   // the 421 of a shutdown has been said
	closeErr    ehlo.Error
	watcher     watcher
}

type undecided struct {
	id        uint32
	recipient Recipient
}

// Conn is what a Session may know of its connection. Its methods are for the goroutine of the connection.
type Conn struct{ conn *conn }

// RemoteAddr and LocalAddr are those of the network connection.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.nc.RemoteAddr() }
func (c *Conn) LocalAddr() net.Addr  { return c.conn.nc.LocalAddr() }

// NetConn gives the connection below, which must not be read from or written to.
func (c *Conn) NetConn() net.Conn { return c.conn.nc }

// Host is what the client said in EHLO, HELO or LHLO; "" before.
func (c *Conn) Host() string { return c.conn.host }

// Facts of the protocol session: TLS, authentication, early talkers, ill pipelining.
func (c *Conn) Facts() ehlo.Facts { return c.conn.session.Facts() }

// Protocol is the protocol of the "with" clause of a trace field (RFC 3848): "ESMTPSA".
func (c *Conn) Protocol() string { return c.conn.session.ProtocolName() }

// TLS gives the state of TLS, if it is active.
func (c *Conn) TLS() (tls.ConnectionState, bool) {
	if secure, ok := c.conn.nc.(*tls.Conn); ok {
		return secure.ConnectionState(), true
	}
	return tls.ConnectionState{}, false
}

type connKey struct{}

// FromContext gives the connection that a call belongs to.
func FromContext(ctx context.Context) *Conn {
	c, _ := ctx.Value(connKey{}).(*Conn)
	return c
}

func (c *conn) logError(what string, err error) {
	c.server.log().Error(what, "error", err, "remote", c.nc.RemoteAddr().String())
}

// run serves the connection from the greeting to its end.
func (c *conn) run() {
	defer c.server.forget(c)
	defer c.session.Close()
	inner, cancel := context.WithCancel(c.server.base)
	c.ctx, c.cancel = connContext{inner, c}, cancel
	defer cancel()
	c.setTransport(c.nc)
	defer c.close()
	defer c.logout()
	defer c.survive()
	if c.server.ImplicitTLS && (c.tooMany || !c.secure()) {
		return
	}
	c.begin()
	for {
		event := c.next()
		if event == nil {
			return
		}
		c.dispatch(event)
	}
}

// survive keeps a panic of a handler from the rest of the program: the client gets 421, and the connection is closed.
func (c *conn) survive() {
	problem := recover()
	if problem == nil {
		return
	}
	c.server.log().Error("a handler panicked", "panic", problem, "remote", c.nc.RemoteAddr().String(),
		"stack", string(debug.Stack()))
	c.stopWatching()
	c.closeErr = ehlo.ErrShutdown
	c.acquire()
	// Whatever waits for an answer has this one, after the answers that were to be given.
	batch := c.work.batch
	asks := c.openAsks()
	for _, id := range asks {
		batch.Reply(id, panicked.Code, panicked.Enhanced, panicked.Text)
	}
	if len(asks) == 0 {
		c.session.Shutdown(panicked.Enhanced, panicked.Text)
	}
	if c.session.Advance(batch, nil, c.work.out[c.out:]) == nil {
		c.out += batch.Written
		c.flush()
	}
}

func (c *conn) openAsks() (ids []uint32) {
	for i := range c.undecided {
		ids = append(ids, c.undecided[i].id)
	}
	for _, one := range c.body.asks[c.body.answered:] {
		ids = append(ids, one.id)
	}
	if c.asking != 0 {
		ids = append(ids, c.asking)
	}
	return ids
}

// logout ends the program's session, whatever its end was.
func (c *conn) logout() {
	defer func() {
		if problem := recover(); problem != nil {
			c.server.log().Error("Logout panicked", "panic", problem)
		}
	}()
	c.release(false)
	c.cancel()
	c.endProgram()
}

func (c *conn) endProgram() {
	program := c.program
	c.program = nil
	if program == nil {
		return
	}
	if c.transaction {
		c.transaction = false
		program.Reset()
	}
	if err := program.Logout(); err != nil {
		c.logError("Logout failed", err)
	}
}

// begin asks the program for a session, and lets the client keep silent for a while.
func (c *conn) begin() {
	if c.tooMany {
		c.refused = Refuse(421, 4, 3, 2, "Too many connections")
	} else {
		c.newProgram()
	}
	if delay := c.server.GreetingDelay; delay > 0 && c.refused == nil {
		c.acquire()
		c.waitSilently(delay)
	}
}

func (c *conn) newProgram() {
	program, err := c.server.Backend.NewSession(c.ctx, &c.public)
	c.stopWatching()
	if err == nil {
		err = c.server.sessionTypes.check(program)
	}
	if err == nil {
		c.program = program
		return
	}
	c.refused = notAvailable
	if reply := c.replyOf(err, notAvailable); reply != nil && reply.Code >= 400 {
		c.refused = reply
	}
}

// next gives the next event, and does in between what a connection has to do: answer, send, read. nil: it is over.
func (c *conn) next() *ehlo.ServerEvent {
	for {
		if c.work != nil && c.at < len(c.work.batch.Events) {
			event := &c.work.batch.Events[c.at]
			c.at++
			return event
		}
		if c.over || c.reclaiming.Load() {
			return nil
		}
		c.turn()
	}
}

// turn advances the session, or waits for what it needs.
func (c *conn) turn() {
	if c.mustEnd() {
		c.ending, c.still = true, false
		c.session.Shutdown(0, "")
	}
	if c.still && (c.work == nil || c.work.batch.Answers() == 0) {
		c.wait()
		return
	}
	c.acquire()
	if len(c.work.out)-c.out < 512 && !c.flush() {
		return
	}
	batch := c.work.batch
	answers := batch.Answers()
	c.view = c.work.in[c.start:c.end]
	if err := c.session.Advance(batch, c.view, c.work.out[c.out:]); err != nil {
		c.logError("an advance failed", err)
		c.over = true
		return
	}
	c.start += batch.Consumed
	c.out += batch.Written
	c.at = 0
	c.wants, c.facts, c.timeout = batch.Wants, batch.Facts, batch.Timeout
	// Octets of a line that is too long are consumed, but lead to nothing.
	c.fresh = c.fresh || len(batch.Events) != 0 || batch.Written != 0 ||
		(batch.Consumed != 0 && batch.Timeout.Kind == ehlo.TimeoutDATA)
	if batch.Refused != 0 {
		c.answerAgain(answers)
	}
	if len(batch.Events) == 0 && batch.Consumed == 0 && batch.Written == 0 {
		c.still = batch.Answers() == 0
	} else {
		// Of the advances that would find nothing to do this saves most: all input is used up, all output taken. In LMTP
		// more asks may wait for room among the replies.
		c.still = c.start == c.end && c.wants == ehlo.WantInput && !batch.Full() && !c.server.LMTP
	}
}

// mustEnd says whether the server is closing and this connection has not got its 421: one with a transaction may go on
// until the time for that is over.
func (c *conn) mustEnd() bool {
	return c.server.closing.Load() && !c.ending && (!c.transaction || c.server.forcing.Load())
}

// answerAgain deals with answers that the advance refused. Those without space come again, since output has made room; where
// it has not, and where an answer does not fit its ask, the default of the same meaning takes its place.
func (c *conn) answerAgain(count int) {
	batch := c.work.batch
	stuck := batch.Written == 0 && len(batch.Events) == 0
	type answer struct {
		id   uint32
		code int
	}
	var replaced []answer
	for i := range count {
		err := batch.AnswerError(i)
		if err == ehlo.ErrArgument || err == ehlo.ErrMemory || (stuck && err == ehlo.ErrSpace) {
			replaced = append(replaced, answer{batch.AnswerID(i), batch.AnswerCode(i)})
			c.logError("an answer cannot be sent", err)
		}
	}
	if !stuck {
		batch.Retry()
	}
	for _, one := range replaced {
		switch {
		case one.id == 0: // an early refusal: it is said at the end of the message
		case one.code/100 == 2:
			batch.Accept(one.id)
		default:
			batch.Decline(one.id)
		}
	}
}

// wait does what the session waits for.
func (c *conn) wait() {
	if len(c.undecided) != 0 {
		c.decideRecipients()
		return
	}
	if !c.flush() {
		return
	}
	switch {
	case c.wants&ehlo.WantClose != 0:
		c.over = true
	case c.wants&ehlo.WantTLS != 0:
		c.startTLS()
	case c.wants&ehlo.WantInput != 0:
		c.read()
	default:
		c.logError("a session waits for nothing", ehlo.ErrState)
		c.over = true
	}
}

// read waits for input. What an error means the session decides.
func (c *conn) read() {
	// The watch has a deadline of its own, which ends with it.
	c.watcher.pause(c)
	defer c.watcher.resume(c)
	c.setReadDeadline()
	err := c.fill()
	if err == nil {
		c.still = false
		return
	}
	if !isTimeout(err) {
		c.cancel()
		c.session.EOF()
	} else if c.expired() {
		c.session.TimedOut()
	} else {
		c.readDeadline = time.Time{} // somebody has called: see turn
		return
	}
	c.still = false
}

// lost is the end of a connection that cannot be written to.
func (c *conn) lost() {
	c.out = 0
	c.over = true
	c.cancel()
	c.session.EOF()
	c.acquire()
	if c.session.Advance(c.work.batch, nil, nil) == nil {
		c.at = 0
		c.view = nil
	}
}
