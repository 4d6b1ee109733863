package client

import (
	"context"
	"errors"
	"fmt"
	"io"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// Send sends one message, whose content is read from `r` as the connection takes it, and gives the outcome for each
// recipient in their order. An error means that the connection is of no more use, or that nothing was sent: the
// envelope is against its grammar, or needs what the server does not have (NotOfferedError). Where the message was on
// its way there are outcomes beside the error.
//
// A bytes.Reader, bytes.Buffer, strings.Reader, io.SectionReader or regular os.File is looked through before anything is
// sent: an octet above 127 that the server does not take (NotOfferedError), a bare CR or LF (ehlo.ErrBareLF, see
// Options.Endings), a line that some receiver would take for the end of data (ehlo.ErrFalseEnd), and with
// Options.RefuseNUL a NUL, are errors that leave the connection as it is. In content of other readers they are found when
// they come, and Send has to close the connection. The length of such content, and of a reader with a method Len, is
// announced where the server offers SIZE, unless the envelope has one.
//
// The end of the context is heard when a Read of `r` comes back, at once elsewhere. A message that `r` does not give
// whole cannot be taken back but by closing the connection, which Send does then.
func (c *Client) Send(ctx context.Context, envelope *Envelope, r io.Reader) ([]Outcome, error) {
	if c.session == nil || c.over {
		return nil, c.do(ctx, ehlo.ErrState, nil)
	}
	from, body := sourceOf(r), envelope.Body
	if body == ehlo.Body7BIT && c.Extensions().Has(ehlo.Ext8BITMIME) {
		body = ehlo.Body8BITMIME
	}
	held := c.rulesFor(body)
	size, err := from.check(held)
	if err != nil {
		return nil, err
	}
	if envelope.Size != 0 {
		size = envelope.Size
	}
	own, err := envelope.build(body, size)
	if err != nil {
		return nil, err
	}
	defer own.Close()
	defer c.limit(ctx)()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	called := c.session.Transact(own)
	if errors.Is(called, ehlo.ErrArgument) { // none, or more than Configure permits
		called = fmt.Errorf("an envelope with %d recipients: %w", len(envelope.To), called)
	}
	if errors.Is(called, ehlo.ErrMessageTooLarge) {
		limit, _ := c.SizeLimit()
		called = fmt.Errorf("%d octets for a server that takes %d: %w", size, limit, called)
	}
	if called == nil {
		c.outcomes, c.done = make([]Outcome, len(envelope.To)), false
		for i := range c.outcomes {
			c.outcomes[i].Recipient = envelope.To[i].Address
		}
		c.source, c.ascii, c.passed, c.filled, c.drained, c.reply = from, held.ascii, 0, 0, false, nil
	}
	err = c.do(ctx, called, func() bool { return c.done })
	outcomes := c.outcomes
	c.outcomes, c.source = nil, nil
	if err != nil && called == nil {
		c.Close()
	}
	return outcomes, err
}

// rulesFor says what the session will hold the content to: with DATA, or in chunks, whose octets are announced and cannot
// be repaired (RFC 3030 2).
func (c *Client) rulesFor(body ehlo.Body) rules {
	binary := body == ehlo.BodyBINARYMIME
	chunks := binary || (c.asked.Chunking && c.Extensions().Has(ehlo.ExtCHUNKING))
	repairs := c.asked.DataEndings == ehlo.EndingsNormalize && !chunks
	return rules{text: !binary, ascii: body == ehlo.Body7BIT, nul: c.asked.RefuseNUL, repairs: repairs,
		bare: c.asked.DataEndings != ehlo.EndingsAccept && !repairs, closes: !chunks}
}
