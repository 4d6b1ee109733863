package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/client"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

func TestMessagesOnOneConnection(t *testing.T) {
	own, trusting := mailtest.TLS(t)
	bodies := mailtest.Bodies()
	bodies["nothing"], bodies["many dots"] = "", strings.Repeat(".0123456789\r\n", 20000)
	for _, options := range []*client.Options{{Security: client.Never}, {Security: client.Never, Chunking: true},
		{Security: client.Never, NoPipelining: true}, {TLSConfig: trusting}, {TLSConfig: trusting, Chunking: true}} {
		b := newBox()
		c := dial(t, serve(t, &server.Server{Backend: b, TLSConfig: own}), options)
		for _, body := range bodies {
			outcomes, err := c.Send(background, &client.Envelope{From: "a@client.example",
				To: client.To("b@mx.example", "no@mx.example", "later@mx.example")}, strings.NewReader(body))
			check(t, err)
			if got := b.Last(t); got.Body != body || got.From != "a@client.example" || !slices.Equal(got.To, []string{"b@mx.example"}) {
				t.Errorf("%+v: %q to %q, %d of %d octets", options, got.From, got.To, len(got.Body), len(body))
			}
			verb := ehlo.VerbDATA
			if options.Chunking {
				verb = ehlo.VerbBDAT
			}
			want := []client.Outcome{
				{"b@mx.example", ehlo.VerdictAccepted, ehlo.ScopeMessage, 250, ehlo.EnhancedCode(2, 0, 0), "queued", 0,
					verb, true},
				{"no@mx.example", ehlo.VerdictFailed, ehlo.ScopeRecipient, 550, ehlo.EnhancedCode(5, 1, 1), "no such user", 0,
					ehlo.VerbRCPT, false},
				{"later@mx.example", ehlo.VerdictRetry, ehlo.ScopeRecipient, 450, ehlo.EnhancedCode(4, 2, 0), "later", 0,
					ehlo.VerbRCPT, false},
			}
			want[0].Scope = outcomes[0].Scope
			if !slices.Equal(outcomes, want) {
				t.Errorf("%+v", outcomes)
			}
			if client.Failed(outcomes[:1]) != nil || client.Failed(outcomes) == nil {
				t.Error("Failed is wrong")
			}
		}
		check(t, c.Quit(background))
	}
}

func TestAMessageThatNobodyIsAcceptedFor(t *testing.T) {
	b := newBox()
	c := dial(t, serve(t, &server.Server{Backend: b}), nil)
	outcomes, err := c.Send(background, &client.Envelope{From: "a@client.example", To: client.To("no@mx.example")},
		strings.NewReader("x\r\n"))
	if err != nil || len(outcomes) != 1 || outcomes[0].Code != 550 {
		t.Errorf("%+v, %v", outcomes, err)
	}
	accepted(t, c, strings.NewReader("x\r\n"))
	if len(b.Taken()) != 1 || b.Last(t).From != "" {
		t.Errorf("%+v", b.Taken())
	}
}

func TestParametersArrive(t *testing.T) {
	b := newBox()
	c := dial(t, serve(t, &server.Server{Backend: b, PlaintextAuth: true, AuthMechanisms: []string{"PLAIN"}}), nil)
	auth := "who+ever@client.example"
	outcomes, err := c.Send(background, &client.Envelope{From: "ä@client.example", Return: ehlo.ReturnFULL,
		EnvelopeID: "id=1+2", Auth: &auth, Body: ehlo.Body8BITMIME, Size: 3,
		To: []client.Recipient{{Address: "ü@mx.example", Notify: ehlo.NotifyFAILURE | ehlo.NotifyDELAY,
			OriginalRecipient: "x+y@client.example"}}}, strings.NewReader("x\r\n"))
	if err != nil || client.Failed(outcomes) != nil {
		t.Fatal(err, outcomes)
	}
	got := b.Last(t)
	opts, rcpt := got.Opts, got.RcptOpts[0]
	if got.From != "ä@client.example" || got.To[0] != "ü@mx.example" || opts.Return != ehlo.ReturnFULL ||
		opts.EnvelopeID != "id=1+2" || opts.Auth == nil || *opts.Auth != auth || opts.Body != ehlo.Body8BITMIME ||
		opts.Size != 3 || !opts.UTF8 || rcpt.Notify != ehlo.NotifyFAILURE|ehlo.NotifyDELAY ||
		rcpt.OriginalRecipientType != "rfc822" || rcpt.OriginalRecipient != "x+y@client.example" {
		t.Errorf("%+v %+v", got, *opts.Auth)
	}
}

func TestWhatTheServerDoesNotOffer(t *testing.T) {
	addr := serve(t, offering(newBox(), ehlo.ExtPIPELINING))
	c := dial(t, addr, nil)
	for _, one := range []struct {
		envelope client.Envelope
		lacks    ehlo.Extensions
	}{
		{client.Envelope{From: "ä@client.example"}, ehlo.ExtSMTPUTF8},
		{client.Envelope{SMTPUTF8: true}, ehlo.ExtSMTPUTF8},
		{client.Envelope{RequireTLS: true}, ehlo.ExtREQUIRETLS},
		{client.Envelope{Return: ehlo.ReturnFULL}, ehlo.ExtDSN},
	} {
		one.envelope.To = client.To("b@mx.example")
		_, err := c.Send(background, &one.envelope, strings.NewReader("x\r\n"))
		var lacking *client.NotOfferedError
		if !errors.As(err, &lacking) || lacking.Extensions&one.lacks == 0 || !errors.Is(err, ehlo.ErrNotOffered) {
			t.Errorf("%+v: %v", one.envelope, err)
		}
		usable(t, c)
	}
	_, err := client.Dial(background, "tcp", addr, &client.Options{Security: client.Required})
	var lacking *client.NotOfferedError
	if !errors.As(err, &lacking) || lacking.Extensions != ehlo.ExtSTARTTLS {
		t.Errorf("TLS required: %v", err)
	}
}

type half struct{ *mailtest.Session }

func (h half) LMTPData(ctx context.Context, r io.Reader, status server.StatusCollector) error {
	status.SetStatus(1, server.Refuse(452, 4, 2, 2, "full"))
	return h.Data(ctx, r)
}

func TestLMTPOutcomes(t *testing.T) {
	b := newBox()
	s := &server.Server{LMTP: true, Backend: server.BackendFunc(func(_ context.Context, c *server.Conn) (server.Session, error) {
		return half{&mailtest.Session{Box: b, Conn: c}}, nil
	})}
	c := dial(t, serve(t, s), &client.Options{LMTP: true})
	outcomes, err := c.Send(background, &client.Envelope{To: client.To("b@mx.example", "no@mx.example", "c@mx.example")},
		strings.NewReader("x\r\n"))
	if err != nil || outcomes[0].Verdict != ehlo.VerdictAccepted || outcomes[1].Code != 550 || outcomes[2].Code != 452 ||
		outcomes[2].Verdict != ehlo.VerdictRetry {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

func TestServersThatRefuseOrVanish(t *testing.T) {
	var reply *client.Reply
	addr := script(t, "554 no\r\n", answers{"": "221 bye\r\n"})
	if _, err := client.Dial(background, "tcp", addr, nil); !errors.As(err, &reply) || reply.Code != 554 {
		t.Errorf("a refusing greeting: %v", err)
	}
	addr = script(t, "220 mx.example\r\n", accepting(answers{".": "close", "NOOP": "450 later\r\n"}))
	c := dial(t, addr, nil)
	if err := c.Noop(background); !errors.As(err, &reply) || reply.Code != 450 {
		t.Errorf("a refusal for now: %v", err)
	}
	outcomes, err := deliver(c, strings.NewReader("x\r\n"))
	if !errors.Is(err, ehlo.ErrConnectionLost) || len(outcomes) != 1 || outcomes[0].Verdict != ehlo.VerdictUnknown {
		t.Errorf("lost behind the end of data: %+v, %v", outcomes, err)
	}
	if _, err := deliver(c, nil); err == nil {
		t.Error("a connection that is over sends")
	}
}

func TestContextEndsWhatIsWaitedFor(t *testing.T) {
	addr := script(t, "220 mx.example\r\n", answers{"EHLO": "250 mx.example\r\n"})
	c := dial(t, addr, nil)
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	outcomes, err := c.Send(ctx, &client.Envelope{To: client.To("b@mx.example")}, strings.NewReader("x\r\n"))
	if !errors.Is(err, context.DeadlineExceeded) || len(outcomes) != 1 || outcomes[0].Verdict != ehlo.VerdictRetry {
		t.Errorf("%+v, %v", outcomes, err)
	}
	silent := script(t, "", nil)
	ctx, cancel = context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	if _, err := client.Dial(ctx, "tcp", silent, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a silent server: %v", err)
	}
	if _, err := client.Dial(background, "tcp", silent, &client.Options{Patience: 50 * time.Millisecond}); !errors.Is(err, ehlo.ErrTimeout) {
		t.Errorf("a silent server, without patience: %v", err)
	}
}

func TestOctetsThatLeadToNothingBuyNoTime(t *testing.T) {
	near, far := net.Pipe()
	go func() {
		io.WriteString(far, "220 ")
		for err := error(nil); err == nil; time.Sleep(20 * time.Millisecond) {
			_, err = io.WriteString(far, "x")
		}
	}()
	defer far.Close()
	ctx, cancel := context.WithTimeout(background, 5*time.Second)
	defer cancel()
	if _, err := client.New(ctx, near, &client.Options{Patience: 100 * time.Millisecond}); !errors.Is(err, ehlo.ErrTimeout) {
		t.Error(err)
	}
}

func TestAGoodbyeDuringSendIsAnError(t *testing.T) {
	addr := script(t, "220 mx.example\r\n", answers{"EHLO": "250 mx.example\r\n", "MAIL": "421 4.3.2 going down\r\n"})
	c := dial(t, addr, nil)
	outcomes, err := deliver(c, strings.NewReader("x\r\n"))
	var reply *client.Reply
	if !errors.As(err, &reply) || reply.Code != 421 || len(outcomes) != 1 || outcomes[0].Verdict != ehlo.VerdictRetry {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

func TestContentThatMayNotBeSent(t *testing.T) {
	b := newBox()
	addr := serve(t, &server.Server{Backend: b})
	c := dial(t, addr, nil)
	content := strings.Repeat("seven\r\n", 10000) + "a\nb\r\n" // more than is read at a time
	outcomes, err := deliver(c, strings.NewReader(content))
	if !errors.Is(err, ehlo.ErrBareLF) || !strings.Contains(err.Error(), "octet 70001 of") || len(outcomes) != 0 {
		t.Errorf("%+v, %v", outcomes, err)
	}
	usable(t, c)
	outcomes, err = deliver(c, stream{strings.NewReader(content)})
	if !errors.Is(err, ehlo.ErrBareLF) || !strings.Contains(err.Error(), "octet 70001 of") || outcomes[0].Verdict == ehlo.VerdictAccepted {
		t.Errorf("%+v, %v", outcomes, err)
	}
	broken := errors.New("the disk")
	c = dial(t, addr, nil)
	outcomes, err = deliver(c, io.MultiReader(strings.NewReader("half\r\n"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || outcomes[0].Verdict == ehlo.VerdictAccepted || len(b.Taken()) != 0 {
		t.Errorf("%+v, %v, %d arrived", outcomes, err, len(b.Taken()))
	}
	for _, options := range []*client.Options{{Endings: ehlo.EndingsNormalize},
		{Configure: func(o *ehlo.ClientOptions) { o.DataEndings = ehlo.EndingsNormalize }}} {
		accepted(t, dial(t, addr, options), strings.NewReader("hi\nthere"))
		if got := b.Last(t); got.Body != "hi\r\nthere\r\n" || got.Opts.Size != 11 {
			t.Errorf("%q, SIZE=%d", got.Body, got.Opts.Size)
		}
	}
}

// stream is a reader of which nothing else is known.
type stream struct{ io.Reader }

func TestCommandsBesideMail(t *testing.T) {
	b := newBox()
	s := &server.Server{Backend: b, MaxMessageBytes: 100000, Configure: func(o *ehlo.ServerOptions) { o.Extensions |= ehlo.ExtVRFY }}
	c := dial(t, serve(t, s), nil)
	if limit, given := c.SizeLimit(); limit != 100000 || !given || !bytes.Contains(c.HelloReply(), []byte("SIZE 100000")) {
		t.Errorf("%d, %v, %q", limit, given, c.HelloReply())
	}
	check(t, c.Reset(background))
	if reply, err := c.Verify(background, "bob"); err != nil || reply.Code != 252 || reply.Verb != ehlo.VerbVRFY {
		t.Errorf("%v, %v", reply, err)
	}
	reply, err := c.Command(background, "XNONE", "")
	if err == nil || reply == nil || reply.Code != 500 || !strings.Contains(err.Error(), "500 5.5.1") {
		t.Errorf("%v, %v", reply, err)
	}
	outcomes := []client.Outcome{{Recipient: "b@mx.example", Verdict: ehlo.VerdictUnknown, Err: ehlo.ErrConnectionLost}}
	if err := client.Failed(outcomes); err == nil || !strings.Contains(err.Error(), "<b@mx.example> unknown: connection-lost") {
		t.Errorf("%v", err)
	}
}

// A server that has had enough says so and closes, in the middle of the content.
func TestRefusalInMidContent(t *testing.T) {
	lines := 0
	addr := talking(t, "220 mx.example\r\n", func(line string) string {
		if lines++; lines == 1000 {
			return "close"
		}
		return accepting(nil).to(line)
	})
	c := dial(t, addr, nil)
	outcomes, err := deliver(c, strings.NewReader(strings.Repeat("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n", 1000000)))
	if err == nil || len(outcomes) != 1 || outcomes[0].Verdict != ehlo.VerdictRetry || outcomes[0].Scope != ehlo.ScopeConnection {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// The reason may be there, though it is in no reply that can be read.
func TestErrorShowsWhatTheServerSaid(t *testing.T) {
	for _, one := range []struct {
		said string
		err  error
		text string
	}{
		{"SSH-2.0-x\r\n", ehlo.ErrMalformedReply, `client: ehlo: malformed-reply: the server said "SSH-2.0-x"`},
		{"<html>", ehlo.ErrMalformedReply, `client: ehlo: malformed-reply: the server said "<html>"`},
		{"220-a\r\n550 blocked", ehlo.ErrCodeMismatch, `client: ehlo: code-mismatch: the server said "220-a\r\n550 blocked"`},
		{"220 a\n", ehlo.ErrBareLF, `client: ehlo: bare-lf: the server said "220 a"`},
		{"\x1b[2J\x00\xff\r\n", ehlo.ErrMalformedReply, `client: ehlo: malformed-reply: the server said "\x1b[2J\x00\xff"`},
		{"x" + strings.Repeat("y", 2000), ehlo.ErrMalformedReply,
			`client: ehlo: malformed-reply: the server said "x` + strings.Repeat("y", 511) + `"`},
		{"354 go\r\n", ehlo.ErrUnexpectedCode, `client: ehlo: unexpected-code: the server said "354 go"`},
		{"\r\n", ehlo.ErrMalformedReply, "client: ehlo: malformed-reply"},
	} {
		near, far := net.Pipe()
		go func() {
			far.Write([]byte(one.said))
			far.Close()
		}()
		_, err := client.New(background, near, nil)
		if err == nil || err.Error() != one.text || !errors.Is(err, one.err) {
			t.Errorf("%.40q: %v", one.said, err)
		}
	}
}
