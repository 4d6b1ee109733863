package client

import (
	"bytes"
	"context"
	"fmt"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// saidOctets is how much of a reply that ended the session an error shows.
const saidOctets = 512

// run advances the session, and does what it wants, until `finished` or the end.
func (c *Client) run(ctx context.Context, finished func() bool) error {
	for {
		view := c.in[c.start:c.end]
		if err := c.session.Advance(c.batch, view, c.out); err != nil {
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
			// An answer to a challenge, a part of an intent: there may be more to say.
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
	case ehlo.ClientEventGreeting:
		if e.Code >= 400 {
			c.reply, c.over = reply(), true
		}
	case ehlo.ClientEventReady:
		c.ready = e.Err == 0
		if e.Err != 0 {
			c.err, c.over = e.Err, true
		}
	case ehlo.ClientEventReply:
		if e.Transaction == 0 || e.Code == 421 {
			c.reply = reply()
		}
	case ehlo.ClientEventTLS:
		c.startTLS = true
	case ehlo.ClientEventChallenge:
		c.challenge(e, view)
	case ehlo.ClientEventOutcome:
		c.outcome(e, view)
	case ehlo.ClientEventDone:
		c.done = true
	case ehlo.ClientEventClosed:
		c.over = true
		if e.Code == 421 {
			c.reply = reply()
		}
	case ehlo.ClientEventError:
		c.over, c.err = true, e.Err
		if e.Code != 0 {
			c.reply = reply()
		}
		if said := bytes.TrimRight(e.Reply.In(view), "\r\n"); len(said) != 0 && e.Code < 400 {
			c.err = fmt.Errorf("%w: the server said %q", e.Err, said[:min(len(said), saidOctets)])
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
	outcome.Command, outcome.Content = e.Verb, e.Flags&ehlo.FlagLast != 0
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

// drainEvents takes what the session says of its end.
func (c *Client) drainEvents() {
	for c.session.Advance(c.batch, nil, nil) == nil && len(c.batch.Events) != 0 {
		for i := range c.batch.Events {
			c.take(&c.batch.Events[i], nil)
		}
	}
}
