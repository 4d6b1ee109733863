// Package client sends mail over SMTP and LMTP, with everything in one round trip that the server lets one send
// together. The protocol is the business of libehlo, which package ehlo binds.
package client

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// Client is one connection to a server. One goroutine at a time may use it.
type Client struct {
	options Options
	name    string // of the server, for TLS
	nc      net.Conn
	session *ehlo.Client
	batch   *ehlo.ClientBatch

	in         []byte
	start, end int
	out        []byte

	asked   ehlo.ClientOptions // with what Configure has changed
	source  io.Reader          // of the content that is being sent
	ascii   bool               // it may have nothing else
	passed  uint64             // octets of it that the session has taken
	content []byte
	filled  int
	drained bool

	outcomes []Outcome
	done     bool // the transaction is
	reply    *Reply
	sasl     SASLClient
	saslErr  error
	ready    bool
	startTLS bool
	over     bool
	err      error // why it is over
	broken   error // of the transport
	heard    error // the end of input, found while something was written
	canceled atomic.Bool
	moved    bool // something went on since the read deadline was set
	deadline time.Time
}

const (
	inputOctets  = 4 << 10
	outputOctets = 64 << 10
)

// Dial connects and says hello; it secures the connection and authenticates as the options say. The context is for this
// alone.
func Dial(ctx context.Context, network, addr string, options *Options) (*Client, error) {
	var dialer net.Dialer
	nc, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		host = addr
	}
	return open(ctx, nc, host, options)
}

// New does the same on a connection that there is. It closes the connection where it fails. For TLS the name of the
// server has to be in Options.TLSConfig, as ServerName. A *tls.Conn counts as secured.
func New(ctx context.Context, nc net.Conn, options *Options) (*Client, error) {
	return open(ctx, nc, "", options)
}

func open(ctx context.Context, nc net.Conn, name string, options *Options) (*Client, error) {
	c := &Client{nc: nc, name: name, batch: ehlo.NewClientBatch(0), in: make([]byte, inputOctets),
		out: make([]byte, outputOctets)}
	if options != nil {
		c.options = *options
	}
	o := ehlo.ClientOptions{Hostname: cmp.Or(c.options.Hostname, "localhost"), Chunking: c.options.Chunking,
		NoPipelining: c.options.NoPipelining, RequireTLS: c.options.Security == Required,
		PlaintextAuth: c.options.PlaintextAuth, DataEndings: c.options.Endings, RefuseNUL: c.options.RefuseNUL}
	// A session that does not know of TLS would refuse to authenticate within it.
	_, secured := nc.(*tls.Conn)
	o.ImplicitTLS = secured || c.options.Security == Implicit
	if c.options.LMTP {
		o.Protocol = ehlo.LMTP
	}
	if c.options.Security < IfOffered || c.options.Security > Never {
		c.Close()
		return nil, fmt.Errorf("client: Security is %d: %w", c.options.Security, ehlo.ErrArgument)
	}
	if c.options.Configure != nil {
		c.options.Configure(&o)
	}
	c.asked = o
	err := c.begin(ctx, o)
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) begin(ctx context.Context, o ehlo.ClientOptions) (err error) {
	config, err := ehlo.NewClientConfig(o)
	if err != nil {
		return fmt.Errorf("client: the options: %w", err)
	}
	defer config.Close()
	if c.session, err = ehlo.NewClient(config); err != nil {
		return err
	}
	defer c.limit(ctx)()
	if _, secured := c.TLS(); o.ImplicitTLS && !secured {
		if err := c.handshake(ctx); err != nil {
			return err
		}
	}
	if err := c.hello(ctx); err != nil {
		return err
	}
	if c.wantsTLS() {
		if err := c.secure(ctx); err != nil {
			return err
		}
	}
	if c.options.Auth != nil {
		return c.authenticate(ctx, c.options.Auth)
	}
	return nil
}

// limit has the end of the context end what is waited for; the function that it gives undoes that.
func (c *Client) limit(ctx context.Context) func() {
	c.canceled.Store(false)
	c.moved = true
	nc, heard := c.nc, make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		c.canceled.Store(true)
		nc.SetDeadline(time.Unix(1, 0))
		close(heard)
	})
	return func() {
		if !stop() {
			<-heard // else it would end the next call
		}
	}
}

func (c *Client) hello(ctx context.Context) error {
	c.ready, c.reply = false, nil
	return c.do(ctx, c.session.Open(), func() bool { return c.ready })
}

// refusal gives the last reply as an error, if it is none of success.
func (c *Client) refusal(err error) error {
	if err == nil && c.reply != nil && c.reply.Code >= 400 {
		return c.reply
	}
	return err
}

// do runs the session until `finished`, if the call before it was taken.
func (c *Client) do(ctx context.Context, called error, finished func() bool) error {
	switch {
	case errors.Is(called, ehlo.ErrNotOffered):
		return &NotOfferedError{c.session.Lacks(), c.session.LacksKeyword()}
	case called != nil:
		if c.over && c.err != nil {
			return fmt.Errorf("client: the connection is over: %w", c.err)
		}
		return fmt.Errorf("client: %w", called)
	}
	return c.run(ctx, finished)
}

// Reset sends RSET, Noop NOOP, and Verify VRFY, whose reply it gives.
func (c *Client) Reset(ctx context.Context) error {
	_, err := c.Command(ctx, "RSET", "")
	return err
}

// Noop sends NOOP.
func (c *Client) Noop(ctx context.Context) error {
	_, err := c.Command(ctx, "NOOP", "")
	return err
}

// Verify sends VRFY.
func (c *Client) Verify(ctx context.Context, text string) (*Reply, error) {
	return c.Command(ctx, "VRFY", text)
}

// Command sends a command outside of a mail transaction and gives its reply; where that refuses, it is the error too.
// Beside RSET it sends what ehlo.Client.Command does.
func (c *Client) Command(ctx context.Context, verb, text string) (*Reply, error) {
	defer c.limit(ctx)()
	c.reply = nil
	var called error
	if strings.EqualFold(verb, "RSET") {
		called = c.session.Rset()
	} else {
		called = c.session.Command(verb, text, 0)
	}
	err := c.refusal(c.do(ctx, called, func() bool { return c.reply != nil }))
	return c.reply, err
}

// Quit says QUIT and closes the connection.
func (c *Client) Quit(ctx context.Context) error {
	defer c.Close()
	defer c.limit(ctx)()
	return c.do(ctx, c.session.Quit(), func() bool { return c.over })
}

// Close closes the connection without a word.
func (c *Client) Close() error {
	c.over = true
	if c.session != nil {
		c.session.Close()
	}
	return c.nc.Close()
}

// Extensions are those that the server offers and that may be used now.
func (c *Client) Extensions() ehlo.Extensions { return c.session.Extensions() }

// Offers says whether the server's reply to EHLO has a line with this keyword, and what follows it there.
func (c *Client) Offers(keyword string) (arguments string, ok bool) { return c.session.Offers(keyword) }

// SizeLimit is the largest message that the server takes, if it says so; 0: no fixed limit.
func (c *Client) SizeLimit() (octets uint64, given bool) { return c.session.SizeLimit() }

// HelloReply is the server's reply to EHLO, for ehlo.Capabilities and ehlo.HasMechanism.
func (c *Client) HelloReply() []byte { return c.session.HelloReply() }

// TLS gives the state of TLS, if it is active.
func (c *Client) TLS() (tls.ConnectionState, bool) {
	if secure, ok := c.nc.(*tls.Conn); ok {
		return secure.ConnectionState(), true
	}
	return tls.ConnectionState{}, false
}
