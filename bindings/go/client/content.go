package client

import (
	"fmt"
	"io"
	"os"
)

// mostEmptyReads in a row are taken from a reader that gives neither content nor an error.
const mostEmptyReads = 100

// sendContent sends what there is of the content, as far as it fits into the output buffer.
func (c *Client) sendContent() error {
	if c.content == nil {
		c.content = make([]byte, outputOctets/2)
	}
	if err := c.fillContent(); err != nil {
		return c.giveUp(fmt.Errorf("client: the content cannot be read: %w", err))
	}
	written, consumed, err := c.session.BodyCopy(c.content[:c.filled], c.drained, c.out)
	if err != nil {
		return c.giveUp(fmt.Errorf("client: octet %d of the content: %w", consumed, err))
	}
	c.filled = copy(c.content, c.content[consumed:c.filled])
	c.moved = true
	c.write(c.out[:written])
	return nil
}

// fillContent reads once, or until there is no more room from what need not be waited for.
func (c *Client) fillContent() error {
	patient := mayWait(c.source)
	for empty := 0; !c.drained && c.filled < len(c.content); {
		n, err := c.source.Read(c.content[c.filled:])
		c.filled += n
		if err == io.EOF {
			c.drained = true
			return nil
		}
		if err != nil {
			return err
		}
		if n != 0 && patient {
			return nil
		}
		if n != 0 {
			empty = 0
		} else if empty++; empty == mostEmptyReads {
			return io.ErrNoProgress
		}
	}
	return nil
}

// mayWait says whether reading may have to wait for somebody. Then what is there is sent before more is asked for;
// the rest is collected, so that a small message and its end are one segment.
func mayWait(r io.Reader) bool {
	switch r := r.(type) {
	case interface{ Len() int }: // bytes.Reader, bytes.Buffer, strings.Reader
		return false
	case *os.File:
		info, err := r.Stat()
		return err != nil || !info.Mode().IsRegular()
	}
	return true
}

// giveUp ends the session in mid-content and gives the reason back.
func (c *Client) giveUp(reason error) error {
	c.session.Abort()
	c.drainEvents()
	return reason
}
