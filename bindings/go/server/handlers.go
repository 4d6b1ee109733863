package server

import (
	"fmt"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// dispatch executes an event.
func (c *conn) dispatch(e *ehlo.ServerEvent) {
	c.asking = e.ID
	switch e.Type {
	case ehlo.ServerEventGreeting:
		c.greet(e.ID)
	case ehlo.ServerEventHello:
		c.hello(e)
	case ehlo.ServerEventMAIL:
		c.mail(e)
	case ehlo.ServerEventRCPT:
		c.rcpt(e)
	case ehlo.ServerEventDATA, ehlo.ServerEventBDAT:
		c.content()
	case ehlo.ServerEventAbort:
		c.observe(e)
		c.reset()
	case ehlo.ServerEventAUTH, ehlo.ServerEventAuthResponse:
		c.authenticate(e)
	case ehlo.ServerEventAuthAbort:
		c.exchange = exchange{}
	case ehlo.ServerEventCommand:
		c.command(e)
	case ehlo.ServerEventRejected, ehlo.ServerEventViolation, ehlo.ServerEventPlaintext:
		c.observe(e)
	case ehlo.ServerEventMessage:
		// Content has its events taken by the reader of the body; one that comes here belongs to nobody.
		c.answer(e.ID, localError)
	case ehlo.ServerEventClose:
		c.closeErr = e.Err
	default:
		c.decline(e.ID) // an ask that nobody here knows
	}
}

// decline gives an ask its negative default; what is no ask needs none.
func (c *conn) decline(id uint32) {
	if id != 0 {
		c.asking = 0
		c.acquire()
		c.work.batch.Decline(id)
	}
}

// answer gives the reply, or the default for nil, with the next advance. It says whether that accepts.
func (c *conn) answer(id uint32, reply *Reply) bool {
	c.acquire()
	if id == c.asking {
		c.asking = 0
	}
	if reply == nil {
		c.work.batch.Accept(id)
		return true
	}
	c.work.batch.Reply(id, reply.Code, reply.Enhanced, sendable(reply.Text, c.facts&ehlo.FactSMTPUTF8 != 0))
	return accepts(reply)
}

// decided gives the answer of a hook that has come back with `err`. The context was watched for this call alone.
func (c *conn) decided(err error, otherwise *Reply) *Reply {
	c.stopWatching()
	return c.replyOf(err, otherwise)
}

func (c *conn) greet(id uint32) {
	greeter, ok := c.program.(GreetSession)
	if c.refused != nil || !ok {
		c.answer(id, c.refused)
		return
	}
	reply := c.decided(greeter.Greet(c.ctx), notAvailable)
	if reply != nil && reply.Code == 250 {
		reply = &Reply{220, 0, reply.Text}
	}
	c.answer(id, reply)
}

func (c *conn) hello(e *ehlo.ServerEvent) {
	host, reply := e.Text.Text(c.view), (*Reply)(nil)
	if session, ok := c.program.(HelloSession); ok {
		reply = c.decided(session.Hello(c.ctx, e.Verb, host), localError)
	}
	if c.answer(e.ID, reply) {
		c.host = host
	}
}

func (c *conn) mail(e *ehlo.ServerEvent) {
	from, opts := c.mailOf(e)
	c.accepted = c.accepted[:0]
	c.transaction = c.answer(e.ID, c.decided(c.program.Mail(c.ctx, from, opts), localError))
}

func (c *conn) rcpt(e *ehlo.ServerEvent) {
	to, opts := c.rcptOf(e)
	if _, ok := c.program.(BatchSession); ok {
		c.undecided = append(c.undecided, undecided{e.ID, Recipient{to, opts}})
		c.still = c.at == len(c.work.batch.Events) && c.start == c.end // all that the client has sent is here
		return
	}
	c.decide(e.ID, e.Index, c.program.Rcpt(c.ctx, to, opts))
}

func (c *conn) decide(id, index uint32, err error) {
	if c.answer(id, c.decided(err, localError)) {
		c.accepted = append(c.accepted, index)
	}
}

func (c *conn) decideRecipients() {
	c.still = false
	list := make([]Recipient, len(c.undecided))
	for i := range c.undecided {
		list[i] = c.undecided[i].recipient
	}
	answers := c.program.(BatchSession).RcptBatch(c.ctx, list)
	fits := len(answers) == len(list)
	if !fits { // whose answers they are nobody knows
		c.logError("RcptBatch gave too few answers or too many", fmt.Errorf("%d for %d recipients", len(answers), len(list)))
	}
	for i := range c.undecided {
		var err error = localError
		if fits {
			err = answers[i]
		}
		c.decide(c.undecided[i].id, uint32(list[i].Opts.Index), err)
	}
	c.undecided = c.undecided[:0]
}

// reset ends the transaction for the program.
func (c *conn) reset() {
	c.accepted = c.accepted[:0]
	if c.transaction {
		c.transaction = false
		c.program.Reset()
	}
}

// command executes a verb that has no event of its own.
func (c *conn) command(e *ehlo.ServerEvent) {
	if e.ID == 0 {
		return
	}
	verifier, verifies := c.program.(VerifySession)
	commander, commands := c.program.(CommandSession)
	isQuery := e.Verb == ehlo.VerbVRFY || e.Verb == ehlo.VerbEXPN
	name := e.Response.Text(c.view)
	args := strings.TrimPrefix(strings.TrimPrefix(e.Line.Text(c.view), name), " ")
	switch {
	case isQuery && verifies:
		c.answer(e.ID, c.decided(verifier.Verify(c.ctx, e.Verb, e.Text.Text(c.view), e.Flags&ehlo.FlagSMTPUTF8 != 0), localError))
	case isQuery:
		c.answer(e.ID, nil)
	case commands:
		c.answer(e.ID, c.decided(commander.Command(c.ctx, name, args), localError))
	default:
		c.decline(e.ID)
	}
}

func (c *conn) observe(e *ehlo.ServerEvent) {
	session, ok := c.program.(ObserverSession)
	if !ok || (e.Type == ehlo.ServerEventAbort && e.Err == 0) {
		return
	}
	seen := Observation{Event: e.Type, Err: e.Err, Number: e.Number, Code: int(e.Code), Junk: e.Kind}
	if e.Flags&ehlo.FlagSecret == 0 {
		seen.Line = e.Line.In(c.view)
	}
	session.Observe(c.ctx, seen)
	c.stopWatching()
}
