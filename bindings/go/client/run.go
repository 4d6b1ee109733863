package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// run steps the session, and does what it wants, until `finished` or the end.
func (c *Client) run(ctx context.Context, finished func() bool) error {
	for {
		view := c.in[c.start:c.end]
		if err := c.session.Step(c.batch, view, c.out); err != nil {
			return fmt.Errorf("client: %w", err)
		}
		c.start += c.batch.Consumed
		for i := range c.batch.Events {
			c.take(&c.batch.Events[i], view)
		}
		if c.batch.Written != 0 {
			c.write(c.out[:c.batch.Written])
		}
		moved := len(c.batch.Events) != 0 || c.batch.Consumed != 0 || c.batch.Written != 0
		c.moved = c.moved || moved
		switch {
		case c.over:
			return c.ended(ctx, finished)
		case moved:
			// An answer to a challenge, a step of an intent: there may be more to say.
			if finished() && c.session.Wants()&(ehlo.WantOutput|ehlo.WantEvents) == 0 {
				return nil
			}
		case finished():
			return nil
		default:
			if err := c.wait(ctx); err != nil {
				return err
			}
		}
	}
}

// ended says how a session has ended.
func (c *Client) ended(ctx context.Context, finished func() bool) error {
	switch {
	case c.canceled.Load() && ctx.Err() != nil:
		return ctx.Err()
	case c.broken != nil:
		return fmt.Errorf("client: %w (%w)", c.err, c.broken)
	case c.err != nil && c.reply != nil && c.reply.Code >= 400:
		return fmt.Errorf("%w (%w)", c.reply, c.err)
	case c.err != nil:
		return fmt.Errorf("client: %w", c.err)
	case c.reply != nil && c.reply.Code == 421:
		return c.reply
	case finished():
		return nil
	case c.reply != nil:
		return c.reply
	}
	return fmt.Errorf("client: %w", ehlo.ErrConnectionLost)
}

// wait does what the session waits for.
func (c *Client) wait(ctx context.Context) error {
	switch wants := c.session.Wants(); {
	case c.broken != nil: // perhaps the server has said why
		c.read(ctx)
		return nil
	case wants&ehlo.WantBody != 0 && c.source != nil:
		return c.sendContent()
	case wants&ehlo.WantInput != 0:
		c.read(ctx)
		return nil
	}
	return fmt.Errorf("client: %w", ehlo.ErrState)
}

func (c *Client) take(e *ehlo.ClientEvent, view []byte) {
	reply := func() *Reply {
		return &Reply{e.Verb, int(e.Code), e.Enhanced, textOf(e.Enhanced, e.Reply.In(view))}
	}
	switch e.Type {
	case ehlo.ClientGreeting:
		if e.Code >= 400 {
			c.reply, c.over = reply(), true
		}
	case ehlo.ClientReady:
		c.ready = e.Err == 0
		if e.Err != 0 {
			c.err, c.over = e.Err, true
		}
	case ehlo.ClientReply:
		if e.Transaction == 0 || e.Code == 421 {
			c.reply = reply()
		}
	case ehlo.ClientStartTLS:
		c.startTLS = true
	case ehlo.ClientChallenge:
		c.challenge(e, view)
	case ehlo.ClientOutcome:
		c.outcome(e, view)
	case ehlo.ClientDone:
		c.done = true
	case ehlo.ClientClosed:
		c.over = true
		if e.Code == 421 {
			c.reply = reply()
		}
	case ehlo.ClientError:
		c.over, c.err = true, e.Err
		if e.Code != 0 {
			c.reply = reply()
		}
	}
}

func (c *Client) outcome(e *ehlo.ClientEvent, view []byte) {
	if int(e.Index) >= len(c.outcomes) {
		return
	}
	outcome := &c.outcomes[e.Index]
	outcome.Verdict, outcome.Scope, outcome.Err = e.Verdict, e.Scope, e.Err
	outcome.Code, outcome.Enhanced = int(e.Code), e.Enhanced
	outcome.Text = textOf(e.Enhanced, e.Reply.In(view))
}

func (c *Client) challenge(e *ehlo.ClientEvent, view []byte) {
	if e.Err != 0 || e.Flags&ehlo.FlagAnswered != 0 || c.sasl == nil {
		return
	}
	challenge, err := ehlo.AppendBase64Decoded([]byte{}, e.Text.In(view))
	var response []byte
	if err == nil {
		response, err = c.sasl.Next(challenge)
	}
	if err == nil {
		err = c.session.Respond(response)
	}
	if err != nil {
		c.saslErr = err
		c.session.CancelAuth()
	}
}

func (c *Client) patience() time.Duration {
	if c.options.Patience != 0 {
		return c.options.Patience
	}
	if seconds := c.session.Timeout().Seconds; seconds != 0 {
		return time.Duration(seconds) * time.Second
	}
	return 5 * time.Minute
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

// heedContext is called behind every new deadline: the context may have ended before.
func (c *Client) heedContext() {
	if c.canceled.Load() {
		c.nc.SetDeadline(time.Unix(1, 0))
	}
}

// read waits for input. What goes wrong is the session's to judge, but for the end of the context.
func (c *Client) read(ctx context.Context) {
	if c.start == c.end {
		c.start, c.end = 0, 0
	} else if c.start != 0 {
		c.end = copy(c.in, c.in[c.start:c.end])
		c.start = 0
	}
	if c.end == len(c.in) {
		c.in = append(c.in, make([]byte, len(c.in))...)
	}
	c.setReadDeadline()
	n, err := c.nc.Read(c.in[c.end:])
	c.end += n
	if n > 0 || err == nil {
		return
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

// write sends. Where that fails the server may have said why: what it said is read before the connection counts as lost.
func (c *Client) write(octets []byte) {
	if c.broken != nil {
		return
	}
	c.nc.SetWriteDeadline(time.Now().Add(c.patience()))
	c.heedContext()
	if _, err := c.nc.Write(octets); err != nil {
		c.broken = err
	}
}

// sendContent sends as much of the content as fits into the output buffer.
func (c *Client) sendContent() error {
	if c.content == nil {
		c.content = make([]byte, outputOctets/2)
	}
	for !c.drained && c.filled < len(c.content) {
		n, err := c.source.Read(c.content[c.filled:])
		c.filled += n
		if err == io.EOF {
			c.drained = true
		} else if err != nil {
			c.session.Abort()
			c.drainEvents()
			return fmt.Errorf("client: the content cannot be read: %w", err)
		}
	}
	written, consumed, err := c.session.BodyCopy(c.content[:c.filled], c.drained, c.out)
	if err != nil {
		c.session.Abort()
		c.drainEvents()
		return fmt.Errorf("client: octet %d of the content: %w", consumed, err)
	}
	c.filled = copy(c.content, c.content[consumed:c.filled])
	c.moved = true
	c.write(c.out[:written])
	return nil
}

// drainEvents takes what the session says of its end.
func (c *Client) drainEvents() {
	for c.session.Step(c.batch, nil, nil) == nil && len(c.batch.Events) != 0 {
		for i := range c.batch.Events {
			c.take(&c.batch.Events[i], nil)
		}
	}
}
