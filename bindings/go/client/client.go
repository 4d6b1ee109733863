// Package client sends mail over SMTP and LMTP, with everything in one round trip that the server lets one send
// together. The protocol is the business of libehlo, which package ehlo binds.
package client

import (
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

// Security says when TLS is used.
type Security int

const (
	// IfOffered secures the connection with STARTTLS where the server offers it. A server that offers it and then
	// refuses, and a handshake that fails, are errors: nothing goes on in clear text. Whoever can change what the server
	// offers can still take STARTTLS out of it: only Required notices.
	IfOffered Security = iota
	// Required fails where the server does not offer STARTTLS, before anything but EHLO is sent.
	Required
	// Implicit uses TLS from the first octet (RFC 8314).
	Implicit
	// Never leaves STARTTLS alone: everything goes in clear text.
	Never
)

// Options say how a client behaves. The zero value is good.
type Options struct {
	Hostname  string // our name in EHLO; "": "localhost"
	LMTP      bool
	Security  Security
	TLSConfig *tls.Config // ServerName is that of the address where it is empty
	Auth      SASLClient  // authenticate with this once the connection is secured
	// PlaintextAuth has Auth go without TLS too, for whoever listens. Otherwise that is ehlo.ErrTLSRequired, and no octet
	// of it is sent.
	PlaintextAuth bool
	// Endings says what becomes of a CR or LF alone in content: it is refused, made CRLF (ehlo.EndingsNormalize), or sent.
	Endings      ehlo.Endings
	Chunking     bool // send content with BDAT where the server offers CHUNKING
	NoPipelining bool // one command at a time
	// Patience replaces all timeouts of RFC 5321 4.5.3.2, where it is not 0.
	Patience time.Duration
	// Configure may change everything that the library lets one configure; it gets what the fields above say.
	Configure func(o *ehlo.ClientOptions)
}

// SASLClient is one exchange of a mechanism, of the shape that github.com/emersion/go-sasl has.
type SASLClient interface {
	// Start gives the mechanism and the initial response; nil: there is none.
	Start() (mechanism string, response []byte, err error)
	// Next answers a challenge. An error cancels the exchange.
	Next(challenge []byte) (response []byte, err error)
}

// Client is one connection to a server. One goroutine at a time may use it.
type Client struct {
	options Options
	name    string // of the server, for TLS
	nc      net.Conn
	config  *ehlo.ClientConfig
	session *ehlo.Client
	batch   *ehlo.ClientBatch

	in         []byte
	start, end int
	out        []byte

	endings ehlo.Endings
	source  io.Reader // of the content that is being sent
	ascii   bool      // it may have nothing else
	passed  uint64    // octets of it that the session has taken
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
	o := ehlo.ClientOptions{Hostname: c.options.Hostname, Chunking: c.options.Chunking,
		NoPipelining: c.options.NoPipelining, RequireTLS: c.options.Security == Required,
		PlaintextAuth: c.options.PlaintextAuth, DataEndings: c.options.Endings}
	// A session that does not know of TLS would refuse to authenticate within it.
	_, secured := nc.(*tls.Conn)
	o.ImplicitTLS = secured || c.options.Security == Implicit
	if o.Hostname == "" {
		o.Hostname = "localhost"
	}
	if c.options.LMTP {
		o.Protocol = ehlo.LMTP
	}
	if c.options.Configure != nil {
		c.options.Configure(&o)
	}
	c.endings = o.DataEndings
	err := c.begin(ctx, o)
	if err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Client) begin(ctx context.Context, o ehlo.ClientOptions) (err error) {
	if c.config, err = ehlo.NewClientConfig(o); err != nil {
		return fmt.Errorf("client: the options: %w", err)
	}
	if c.session, err = ehlo.NewClient(c.config); err != nil {
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

// wantsTLS says whether STARTTLS is to be sent.
func (c *Client) wantsTLS() bool {
	if _, secured := c.TLS(); secured {
		return false
	}
	switch c.options.Security {
	case Required:
		return true
	case IfOffered:
		return c.Extensions().Has(ehlo.ExtStartTLS)
	}
	return false
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
	if config.ServerName == "" {
		config.ServerName = c.name
	}
	c.nc.SetDeadline(time.Now().Add(c.patience()))
	c.heedContext()
	secure := tls.Client(c.nc, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("client: the TLS handshake: %w", err)
	}
	c.nc = secure
	return nil
}

func (c *Client) authenticate(ctx context.Context, mechanism SASLClient) error {
	name, response, err := mechanism.Start()
	if err != nil {
		return err
	}
	c.sasl, c.saslErr, c.reply = mechanism, nil, nil
	defer func() { c.sasl = nil }()
	called := c.session.Auth(name, response)
	if errors.Is(called, ehlo.ErrTLSRequired) {
		called = fmt.Errorf("no authentication without TLS: %w", called)
	}
	err = c.do(ctx, called, func() bool { return c.reply != nil })
	if lacking, ok := err.(*NotOfferedError); ok {
		lacking.Mechanism = name
	}
	if err == nil && c.saslErr != nil {
		return c.saslErr
	}
	return c.refusal(err)
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
		return &NotOfferedError{Extensions: c.session.Lacks()}
	case called != nil:
		if c.over && c.err != nil {
			return fmt.Errorf("client: the connection is over: %w", c.err)
		}
		return fmt.Errorf("client: %w", called)
	}
	return c.run(ctx, finished)
}

// Send sends one message, whose content is read from `r` as the connection takes it, and gives the outcome for each
// recipient in their order. An error means that the connection is of no more use, or that nothing was sent: the
// envelope is against its grammar, or needs what the server does not have (NotOfferedError). Where the message was on
// its way there are outcomes beside the error.
//
// A bytes.Reader, bytes.Buffer, strings.Reader, io.SectionReader or regular os.File is looked through before anything is
// sent: an octet above 127 that the server does not take (NotOfferedError), and a bare CR or LF (ehlo.ErrBareLF, see
// Options.Endings), are errors that leave the connection as it is. In content of other readers they are found when they
// come, as in all content what the library refuses beyond that: Send has to close the connection then. The length of such
// content, and of a reader with a method Len, is announced where the server offers SIZE, unless the envelope has one.
//
// The end of the context is heard when a Read of `r` comes back, at once elsewhere. A message that `r` does not give
// whole cannot be taken back but by closing the connection, which Send does then.
func (c *Client) Send(ctx context.Context, envelope *Envelope, r io.Reader) ([]Outcome, error) {
	if c.session == nil || c.over {
		return nil, c.do(ctx, ehlo.ErrState, nil)
	}
	from, body := sourceOf(r), envelope.Body
	if body == ehlo.Body7Bit && c.Extensions().Has(ehlo.Ext8BitMIME) {
		body = ehlo.Body8BitMIME
	}
	binary := body == ehlo.BodyBinaryMIME
	ascii := body == ehlo.Body7Bit
	size, err := from.check(rules{ascii: ascii, bare: !binary && c.endings == ehlo.EndingsReject,
		repairs: !binary && c.endings == ehlo.EndingsNormalize, closes: !binary})
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
	called := c.session.Submit(own)
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
		c.source, c.ascii, c.passed, c.filled, c.drained, c.reply = from, ascii, 0, 0, false, nil
	}
	err = c.do(ctx, called, func() bool { return c.done })
	if lacking, ok := err.(*NotOfferedError); ok && lacking.Extensions == 0 {
		lacking.Parameter = envelope.notOffered(c.HelloReply())
	}
	outcomes := c.outcomes
	c.outcomes, c.source = nil, nil
	if err != nil && called == nil {
		c.Close()
	}
	return outcomes, err
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
// Beside RSET, NOOP, VRFY, EXPN and HELP it sends verbs that the library does not know.
func (c *Client) Command(ctx context.Context, verb, text string) (*Reply, error) {
	defer c.limit(ctx)()
	c.reply = nil
	var called error
	switch strings.ToUpper(verb) {
	case "RSET":
		called = c.session.Rset()
	case "NOOP":
		called = c.session.Query(ehlo.VerbNOOP, text, false)
	case "HELP":
		called = c.session.Query(ehlo.VerbHELP, text, false)
	case "VRFY":
		called = c.session.Query(ehlo.VerbVRFY, text, false)
	case "EXPN":
		called = c.session.Query(ehlo.VerbEXPN, text, false)
	default:
		called = c.session.Command(verb, text)
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
	if c.config != nil {
		c.config.Close()
	}
	return c.nc.Close()
}

// Extensions are those that the server offers and that may be used now.
func (c *Client) Extensions() ehlo.Extensions { return c.session.Extensions() }

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

// Plain authenticates with SASL PLAIN (RFC 4616); `authzid` may be empty.
func Plain(authzid, user, password string) SASLClient { return plain{authzid, user, password} }

type plain struct{ authzid, user, password string }

func (p plain) Start() (string, []byte, error) {
	message, err := ehlo.AppendPlain(nil, p.authzid, p.user, p.password)
	return "PLAIN", message, err
}

func (p plain) Next([]byte) ([]byte, error) { return nil, errors.New("client: a challenge of PLAIN") }

// Login authenticates with LOGIN, which is not a standard, and asked for all the same.
func Login(user, password string) SASLClient { return &login{answers: []string{user, password}} }

type login struct{ answers []string }

func (l *login) Start() (string, []byte, error) { return "LOGIN", nil, nil }

func (l *login) Next([]byte) ([]byte, error) {
	if len(l.answers) == 0 {
		return nil, errors.New("client: a third challenge of LOGIN")
	}
	answer := []byte(l.answers[0])
	l.answers = l.answers[1:]
	return answer, nil
}
