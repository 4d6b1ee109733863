package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// wantsTLS says whether STARTTLS is to be sent.
func (c *Client) wantsTLS() bool {
	if _, secured := c.TLS(); secured {
		return false
	}
	switch c.options.Security {
	case Required:
		return true
	case IfOffered:
		return c.Extensions().Has(ehlo.ExtSTARTTLS)
	}
	return false
}

func (c *Client) secure(ctx context.Context) error {
	c.startTLS, c.reply = false, nil
	err := c.do(ctx, c.session.StartTLS(), func() bool { return c.startTLS || c.reply != nil })
	if err == nil && !c.startTLS {
		err = c.reply
	}
	if err != nil {
		return err
	}
	if err := c.handshake(ctx); err != nil {
		c.session.TLSFailed()
		return err
	}
	if err := c.session.TLSStarted(); err != nil {
		return err
	}
	return c.hello(ctx)
}

func (c *Client) handshake(ctx context.Context) error {
	config := &tls.Config{}
	if c.options.TLSConfig != nil {
		config = c.options.TLSConfig.Clone()
	}
	config.ServerName = cmp.Or(config.ServerName, c.name)
	c.nc.SetDeadline(time.Now().Add(c.patience()))
	c.heedContext()
	secure := tls.Client(c.nc, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("client: the TLS handshake: %w", err)
	}
	c.nc = secure
	return nil
}
