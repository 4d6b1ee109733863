package client

import (
	"fmt"
	"io"
	"slices"
	"time"
)

const (
	// linger is how long content is collected before it is sent.
	linger = 100 * time.Millisecond
	// mostEmptyReads in a row are taken from a reader that gives neither content nor an error.
	mostEmptyReads = 100
)

// sendContent sends what there is of the content, as far as it fits into the output buffer.
func (c *Client) sendContent() error {
	if c.content == nil {
		c.content = make([]byte, outputOctets/2)
	}
	if err := c.fillContent(); err != nil {
		return c.giveUp(fmt.Errorf("client: the content cannot be read: %w", err))
	}
	if i := firstAbove127(c.content[:c.filled]); c.ascii && i >= 0 {
		return c.giveUp(notASCII(c.passed + uint64(i)))
	}
	written, consumed, err := c.session.BodyCopy(c.content[:c.filled], c.drained, c.out)
	if err != nil {
		return c.giveUp(contentError(uint64(consumed), err))
	}
	c.passed += uint64(consumed)
	c.filled = copy(c.content, c.content[consumed:c.filled])
	c.moved = true
	c.write(c.out[:written])
	return nil
}

func firstAbove127(octets []byte) int {
	return slices.IndexFunc(octets, func(octet byte) bool { return octet > 127 })
}

// fillContent reads until there is no more room, so that a small message and its end are one segment, or until its time
// is up: what comes slowly is sent as it comes, one Read late at most.
func (c *Client) fillContent() error {
	began, empty := time.Now(), 0
	for !c.drained && c.filled < len(c.content) && time.Since(began) < linger {
		n, err := c.source.Read(c.content[c.filled:])
		c.filled += n
		switch {
		case err == io.EOF:
			c.drained = true
		case err != nil:
			return err
		case n != 0:
			empty = 0
		default:
			if empty++; empty == mostEmptyReads {
				return io.ErrNoProgress
			}
		}
	}
	return nil
}

// giveUp ends the session in mid-content and gives the reason back.
func (c *Client) giveUp(reason error) error {
	c.session.Abort()
	c.drainEvents()
	return reason
}
