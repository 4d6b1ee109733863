package server

import (
	"fmt"

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
	case ehlo.ServerEventVRFY, ehlo.ServerEventEXPN:
		c.verify(e)
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
		if e.ID != 0 { // an ask that nobody here knows
			c.acquire()
			c.work.batch.Decline(e.ID)
		}
	}
}

// answer gives the reply, or the default for nil, with the next step. It says whether that accepts.
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

// The program's calls are followed by stopWatching: their context has been watched for them alone.

func (c *conn) greet(id uint32) {
	if c.refused != nil {
		c.answer(id, c.refused)
		return
	}
	greeter, ok := c.program.(GreetSession)
	if !ok {
		c.answer(id, nil)
		return
	}
	err := greeter.Greet(c.ctx)
	c.stopWatching()
	reply := c.replyOf(err, notAvailable)
	if reply != nil && reply.Code == 250 {
		reply = &Reply{220, 0, reply.Text}
	}
	c.answer(id, reply)
}

func (c *conn) hello(e *ehlo.ServerEvent) {
	id, host := e.ID, e.Text.Text(c.view)
	var reply *Reply
	if session, ok := c.program.(HelloSession); ok {
		err := session.Hello(c.ctx, e.Verb, host)
		c.stopWatching()
		reply = c.replyOf(err, localError)
	}
	if c.answer(id, reply) {
		c.host = host
	}
}

func (c *conn) mail(e *ehlo.ServerEvent) {
	id := e.ID
	from, opts := c.mailOf(e)
	c.accepted = c.accepted[:0]
	err := c.program.Mail(c.ctx, from, opts)
	c.stopWatching()
	c.transaction = c.answer(id, c.replyOf(err, localError))
}

func (c *conn) rcpt(e *ehlo.ServerEvent) {
	id, index := e.ID, e.Index
	to, opts := c.rcptOf(e)
	if _, ok := c.program.(BatchSession); ok {
		c.undecided = append(c.undecided, undecided{id, Recipient{to, opts}})
		c.still = c.at == len(c.work.batch.Events) && c.start == c.end // all that the client has sent is here
		return
	}
	err := c.program.Rcpt(c.ctx, to, opts)
	c.stopWatching()
	c.decide(id, index, err)
}

func (c *conn) decide(id, index uint32, err error) {
	if c.answer(id, c.replyOf(err, localError)) {
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
	c.stopWatching()
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

func (c *conn) verify(e *ehlo.ServerEvent) {
	id := e.ID
	session, ok := c.program.(VerifySession)
	if !ok {
		c.answer(id, nil)
		return
	}
	err := session.Verify(c.ctx, e.Verb, e.Text.Text(c.view), e.Flags&ehlo.FlagSMTPUTF8 != 0)
	c.stopWatching()
	c.answer(id, c.replyOf(err, localError))
}

func (c *conn) command(e *ehlo.ServerEvent) {
	id := e.ID
	session, ok := c.program.(CommandSession)
	if !ok {
		c.answer(id, notServed)
		return
	}
	err := session.Command(c.ctx, e.Text.Text(c.view), e.Response.Text(c.view))
	c.stopWatching()
	c.answer(id, c.replyOf(err, localError))
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
