package server_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

const transaction = "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\n"

func open(t *testing.T, addr string) *peer {
	t.Helper()
	p := dial(t, addr)
	p.expect("220")
	p.talk("EHLO client.example\r\n", "250")
	return p
}

func TestMessageArrivesAsItWasSent(t *testing.T) {
	r := &recorder{}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.talk("Subject: hi\r\n\r\n..dot\r\n.\r\n", "250 2.0.0")
	p.talk("QUIT\r\n", "221")
	p.expectEnd()
	mails := r.received()
	if len(mails) != 1 || mails[0].from != "a@client.example" || !slices.Equal(mails[0].to, []string{"b@mx.example"}) ||
		mails[0].body != "Subject: hi\r\n\r\n.dot\r\n" {
		t.Errorf("%+v", mails)
	}
	eventually(t, "one session logged out, one transaction ended", func() bool {
		sessions, resets, logouts := r.counts()
		return sessions == 1 && resets == 1 && logouts == 1
	})
}

func TestParametersAreGiven(t *testing.T) {
	r := &recorder{}
	s := &server.Server{Backend: r, Configure: func(o *ehlo.ServerOptions) {
		o.Rules = []ehlo.Rule{{Keyword: "XOWN", Scope: ehlo.ScopeMail | ehlo.ScopeRcpt, Action: ehlo.RuleOffer}}
	}}
	p := open(t, start(t, s))
	p.talk("MAIL FROM:<a@client.example> SIZE=5 BODY=8BITMIME RET=HDRS ENVID=a+2Bb XOWN=1 SMTPUTF8\r\n", "250")
	p.talk("RCPT TO:<@relay.example:b@mx.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2By@z.example xown\r\n", "250")
	p.talk("DATA\r\n", "354")
	p.talk("x\r\n.\r\n", "250")
	got := r.received()[0]
	opts, rcpt := got.fromOpts, got.toOpts[0]
	if opts.Size != 5 || opts.Body != ehlo.Body8BitMIME || opts.Return != ehlo.ReturnHeaders || opts.EnvelopeID != "a+b" ||
		!opts.UTF8 || opts.Auth != nil || len(opts.Params) != 6 {
		t.Errorf("MAIL: %+v", opts)
	}
	if own := opts.Params[4]; own.Keyword != "XOWN" || own.Value != "1" || own.ID != ehlo.ParamUnknown {
		t.Errorf("XOWN: %+v", own)
	}
	if rcpt.Notify != ehlo.NotifySuccess|ehlo.NotifyDelay || rcpt.OriginalRecipientType != "rfc822" ||
		rcpt.OriginalRecipient != "x+y@z.example" || rcpt.Params[2] != (server.Param{Keyword: "xown"}) {
		t.Errorf("RCPT: %+v", rcpt)
	}
	if got.to[0] != "b@mx.example" {
		t.Errorf("to %q", got.to)
	}
}

func TestAnswersOfHandlers(t *testing.T) {
	r := &recorder{}
	r.onMail = func(_ context.Context, from string) error {
		if from == "" {
			return server.Refuse(550, 5, 7, 1, "no\nbounces\x01")
		}
		return nil
	}
	r.onRcpt = func(_ context.Context, to string) error {
		switch to {
		case "plain@mx.example":
			return errors.New("the database is down")
		case "moved@mx.example":
			return &server.Reply{Code: 251, Text: "forwarded"}
		case "odd@mx.example":
			return &server.Reply{Code: 354, Text: "a code that RCPT cannot have"}
		case "long@mx.example":
			return ehlo.ErrTooManyRecipients
		}
		return nil
	}
	r.onData = func(_ context.Context, body io.Reader) error {
		if _, err := io.Copy(io.Discard, body); err != nil {
			return err
		}
		return server.OK("queued as 4711")
	}
	p := open(t, start(t, &server.Server{Backend: r}))
	if got := p.talk("MAIL FROM:<>\r\n", "550"); got != "550-5.7.1 no\n550 5.7.1 bounces?" {
		t.Errorf("%q", got)
	}
	p.talk("MAIL FROM:<a@client.example>\r\n", "250 2.1.0")
	p.talk("RCPT TO:<plain@mx.example>\r\n", "451 4.3.0")
	if got := p.talk("RCPT TO:<moved@mx.example>\r\n", "251"); got != "251 2.0.0 forwarded" && got != "251 2.1.5 forwarded" {
		t.Errorf("%q", got)
	}
	p.talk("RCPT TO:<odd@mx.example>\r\n", "451 4.3.0")
	p.talk("RCPT TO:<long@mx.example>\r\n", "452 4.5.3")
	p.talk("DATA\r\n", "354")
	if got := p.talk("x\r\n.\r\n", "250"); got != "250 2.0.0 queued as 4711" {
		t.Errorf("%q", got)
	}
}

func TestAnswersThatAreTooLong(t *testing.T) {
	long := strings.Repeat("0123456789 ", 500) // more than the session keeps texts for
	r := &recorder{onRcpt: func(_ context.Context, to string) error {
		switch to {
		case "long@mx.example":
			return server.Refuse(550, 5, 1, 1, long)
		case "less@mx.example":
			return server.Refuse(550, 5, 1, 1, long[:3000])
		}
		return nil
	}}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk("MAIL FROM:<a@client.example>\r\n", "250")
	p.talk("RCPT TO:<long@mx.example>\r\n", "451")
	less := "RCPT TO:<less@mx.example>\r\n"
	if got := p.talk(less+less+less, "550", "550", "550"); len(got) < 3000 {
		t.Errorf("%d octets", len(got))
	}
	p.talk("RCPT TO:<b@mx.example>\r\n", "250")
}

type deciding struct {
	*recording
	calls *[][]string
}

func (d deciding) RcptBatch(_ context.Context, recipients []server.Recipient) (answers []error) {
	var names []string
	for _, one := range recipients {
		names = append(names, one.To)
		var err error
		if strings.HasPrefix(one.To, "no") {
			err = server.Refuse(550, 5, 1, 1, "unknown: "+one.To)
		} else {
			d.current.to = append(d.current.to, one.To)
		}
		answers = append(answers, err)
	}
	*d.calls = append(*d.calls, names)
	return answers
}

func TestSeveralRecipientsAreDecidedAtOnce(t *testing.T) {
	var calls [][]string
	r := &recorder{wrap: func(s *recording) server.Session { return deciding{s, &calls} }}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nRCPT TO:<no1@mx.example>\r\n"+
		"RCPT TO:<c@mx.example>\r\nDATA\r\n", "250", "250", "550 5.1.1 unknown: no1@mx.example", "250", "354")
	p.talk("x\r\n.\r\n", "250")
	p.talk("MAIL FROM:<a@client.example>\r\n", "250")
	p.talk("RCPT TO:<d@mx.example>\r\n", "250")
	p.talk("RCPT TO:<no2@mx.example>\r\n", "550")
	p.talk("DATA\r\n", "354")
	p.talk("y\r\n.\r\n", "250")
	want := [][]string{{"b@mx.example", "no1@mx.example", "c@mx.example"}, {"d@mx.example"}, {"no2@mx.example"}}
	if !slices.EqualFunc(calls, want, slices.Equal) {
		t.Errorf("%q", calls)
	}
	mails := r.received()
	if len(mails) != 2 || !slices.Equal(mails[0].to, []string{"b@mx.example", "c@mx.example"}) ||
		!slices.Equal(mails[1].to, []string{"d@mx.example"}) {
		t.Errorf("%+v", mails)
	}
}

// More than the window and the batch hold, in one segment.
func TestManyRecipientsInOneSegment(t *testing.T) {
	var calls [][]string
	r := &recorder{wrap: func(s *recording) server.Session { return deciding{s, &calls} }}
	p := open(t, start(t, &server.Server{Backend: r}))
	codes := []string{"250"}
	lines := "MAIL FROM:<a@client.example>\r\n"
	for range 200 {
		lines += "RCPT TO:<b@mx.example>\r\n"
		codes = append(codes, "250")
	}
	p.talk(lines+"DATA\r\n", append(codes, "354")...)
	p.talk("x\r\n.\r\n", "250")
	total := 0
	for _, names := range calls {
		total += len(names)
	}
	if mails := r.received(); total != 200 || len(calls) > 20 || len(mails[0].to) != 200 {
		t.Errorf("%d recipients in %d calls, %d kept", total, len(calls), len(mails[0].to))
	}
}

func TestChunksAreOneBody(t *testing.T) {
	r := &recorder{}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk(transaction, "250", "250")
	p.talk("BDAT 5\r\nhel\r\n", "250")
	p.talk("NOOP\r\n", "250")
	p.talk("BDAT 4\r\n.\r\n\nBDAT 0 LAST\r\n", "250", "250")
	if mails := r.received(); len(mails) != 1 || mails[0].body != "hel\r\n.\r\n\n" {
		t.Errorf("%+v", mails)
	}
	p.talk(transaction, "250", "250")
	p.talk("BDAT 3\r\nabc", "250")
	p.talk("RSET\r\n", "250")
	if mails := r.received(); len(mails) != 2 || !errors.Is(mails[1].err, server.ErrAborted) {
		t.Errorf("after RSET: %+v", mails)
	}
	p.talk(transaction+"BDAT 1 LAST\r\nz", "250", "250", "250")
	eventually(t, "each of three transactions ended once", func() bool { _, resets, _ := r.counts(); return resets == 3 })
}

func TestSmugglingIsOneRefusedMessage(t *testing.T) {
	r := &recorder{}
	p := open(t, start(t, &server.Server{Backend: r}))
	for _, end := range []string{"\n.\n", "\n.\r\n", "\r\n.\n", "\r.\r", "\r\n.\r", "\n\r\n.\r\n"} {
		p.talk(transaction+"DATA\r\n", "250", "250", "354")
		smuggled := "hi\r\n" + end + "MAIL FROM:<evil@client.example>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\nevil\r\n.\r\n"
		if end == "\n\r\n.\r\n" { // a true end behind a bare LF: the rest are commands
			p.talk(smuggled, "550", "250", "250", "354", "250")
			continue
		}
		p.talk(smuggled, "5")
	}
	p.talk("NOOP\r\n", "250")
	for _, one := range r.received() {
		if one.err == nil && one.from != "evil@client.example" {
			t.Errorf("taken: %+v", one)
		}
	}
}

func TestRefusalBeforeTheEndSkipsTheRest(t *testing.T) {
	r := &recorder{}
	r.onData = func(_ context.Context, body io.Reader) error {
		if _, err := io.ReadFull(body, make([]byte, 10)); err != nil {
			return err
		}
		return server.Refuse(554, 5, 7, 1, "spam")
	}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.talk(strings.Repeat("0123456789\r\n", 100000)+".\r\nNOOP\r\n", "554 5.7.1 spam", "250")
	r.onData = func(context.Context, io.Reader) error { return nil } // reads nothing at all
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.talk(strings.Repeat("0123456789\r\n", 1000)+".\r\nNOOP\r\n", "250 2.0.0", "250")
}

func TestTLSForgetsWhatWasSaidBefore(t *testing.T) {
	r := &recorder{}
	p := open(t, start(t, &server.Server{Backend: r, TLSConfig: tlsConfig(t)}))
	p.startTLS()
	p.talk("MAIL FROM:<a@client.example>\r\n", "503")
	if hello := p.talk("EHLO client.example\r\n", "250"); strings.Contains(hello, "STARTTLS") {
		t.Errorf("%q", hello)
	}
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.talk("secret\r\n.\r\n", "250")
	if mails := r.received(); len(mails) != 1 || len(mails[0].to) != 1 {
		t.Errorf("%+v", mails)
	}
	eventually(t, "the session before TLS logged out", func() bool {
		sessions, resets, logouts := r.counts()
		return sessions == 2 && resets == 1 && logouts == 1
	})
}

func TestPlaintextBehindStartTLSIsDropped(t *testing.T) {
	r := &recorder{}
	p := open(t, start(t, &server.Server{Backend: r, TLSConfig: tlsConfig(t)}))
	p.send("STARTTLS\r\nMAIL FROM:<evil@client.example>\r\n")
	p.expect("220")
	secure := p.secure()
	secure.talk("RCPT TO:<b@mx.example>\r\n", "503")
	secure.talk("NOOP\r\n", "250")
	if sessions, _, _ := r.counts(); sessions != 2 {
		t.Errorf("%d sessions", sessions)
	}
}

func TestImplicitTLS(t *testing.T) {
	r := &recorder{}
	addr := start(t, &server.Server{Backend: r, TLSConfig: tlsConfig(t), ImplicitTLS: true})
	p := dial(t, addr).secure()
	p.expect("220")
	if hello := p.talk("EHLO client.example\r\n", "250"); strings.Contains(hello, "STARTTLS") {
		t.Errorf("%q", hello)
	}
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.talk("x\r\n.\r\n", "250")
	plain := dial(t, addr)
	plain.send("EHLO client.example\r\n")
	plain.conn.(*net.TCPConn).CloseWrite()
	if _, err := io.ReadAll(plain.in); err != nil {
		t.Errorf("a client without TLS: %v", err)
	}
}

type lmtpSession struct{ *recording }

func (s lmtpSession) LMTPData(ctx context.Context, r io.Reader, status server.StatusCollector) error {
	if err := s.Data(ctx, r); err != nil {
		return err
	}
	status.SetStatus(1, server.Refuse(452, 4, 2, 2, "mailbox full"))
	status.SetStatus(2, server.OK("in the folder"))
	return nil
}

func TestLMTPAnswersForEachRecipient(t *testing.T) {
	r := &recorder{wrap: func(s *recording) server.Session { return lmtpSession{s} }}
	r.onRcpt = func(_ context.Context, to string) error {
		if to == "no@mx.example" {
			return server.Refuse(550, 5, 1, 1, "unknown")
		}
		return nil
	}
	p := dial(t, start(t, &server.Server{Backend: r, LMTP: true}))
	p.expect("220")
	p.talk("LHLO client.example\r\n", "250")
	envelope := "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nRCPT TO:<no@mx.example>\r\n" +
		"RCPT TO:<c@mx.example>\r\nRCPT TO:<b@mx.example>\r\n"
	p.talk(envelope+"DATA\r\n", "250", "250", "550", "250", "250", "354")
	p.talk("x\r\n.\r\n", "250", "452 4.2.2 mailbox full", "250 2.0.0 in the folder")
	p.talk(envelope, "250", "250", "550", "250", "250")
	p.talk("BDAT 1 LAST\r\nx", "250", "452", "250")
	p.talk("NOOP\r\n", "250")
}

func TestLMTPWithoutStatusCountsForAll(t *testing.T) {
	r := &recorder{}
	r.onData = func(_ context.Context, body io.Reader) error { return server.Refuse(554, 5, 6, 0, "no") }
	p := dial(t, start(t, &server.Server{Backend: r, LMTP: true}))
	p.expect("220")
	p.talk("LHLO client.example\r\n"+transaction+"RCPT TO:<c@mx.example>\r\nDATA\r\n", "250", "250", "250", "250", "354")
	p.talk("x\r\n.\r\n", "554 5.6.0 no", "554 5.6.0 no")
	p.talk("NOOP\r\n", "250")
}

type guarded struct{ *recording }

func (s guarded) Auth(_ context.Context, mechanism string) (server.SASLServer, error) {
	check := func(user, password string) error {
		if user != "user" || password != "pass" {
			return errors.New("wrong")
		}
		return nil
	}
	if mechanism == "LOGIN" {
		return server.Login(check), nil
	}
	return server.Plain(func(_, user, password string) error { return check(user, password) }), nil
}

func TestAuthentication(t *testing.T) {
	r := &recorder{wrap: func(s *recording) server.Session { return guarded{s} }}
	addr := start(t, &server.Server{Backend: r, AuthMechanisms: []string{"PLAIN", "LOGIN"}, InsecureAuth: true,
		RequireAuth: true})
	p := open(t, addr)
	p.talk("MAIL FROM:<a@client.example>\r\n", "530 5.7.0")
	p.talk("AUTH PLAIN AHVzZXIAbm8=\r\n", "535 5.7.8")
	p.talk("AUTH PLAIN bm9udWxz\r\n", "501 5.5.2")
	p.talk("AUTH X\r\n", "504")
	p.talk("AUTH LOGIN\r\n", "334 VXNlcm5hbWU6")
	p.talk("dXNlcg==\r\n", "334 UGFzc3dvcmQ6")
	p.talk("cGFzcw==\r\n", "235 2.7.0")
	p.talk("MAIL FROM:<a@client.example>\r\n", "250")
	p = open(t, addr)
	p.talk("AUTH PLAIN\r\n", "334")
	p.talk("*\r\n", "501")
	p.talk("AUTH PLAIN\r\n", "334")
	p.talk("AHVzZXIAcGFzcw==\r\n", "235")
	secure := start(t, &server.Server{Backend: r, AuthMechanisms: []string{"PLAIN"}, TLSConfig: tlsConfig(t)})
	p = dial(t, secure)
	p.expect("220")
	if hello := p.talk("EHLO client.example\r\n", "250"); strings.Contains(hello, "AUTH") {
		t.Errorf("AUTH before TLS: %q", hello)
	}
	p.startTLS()
	if hello := p.talk("EHLO client.example\r\n", "250"); !strings.Contains(hello, "AUTH PLAIN") {
		t.Errorf("no AUTH in TLS: %q", hello)
	}
	p.talk("AUTH PLAIN AHVzZXIAcGFzcw==\r\n", "235")
}

func TestPanicClosesOneConnection(t *testing.T) {
	r := &recorder{}
	r.onMail = func(_ context.Context, from string) error {
		if from == "panic@client.example" {
			panic("a handler's fault")
		}
		return nil
	}
	r.onData = func(_ context.Context, body io.Reader) error {
		io.ReadFull(body, make([]byte, 3))
		panic("in the middle of a message")
	}
	addr := start(t, &server.Server{Backend: r})
	other := open(t, addr)
	p := open(t, addr)
	p.talk("MAIL FROM:<panic@client.example>\r\n", "421 4.3.0")
	p.expectEnd()
	p = open(t, addr)
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.talk("hello", "421 4.3.0")
	p.expectEnd()
	other.talk(transaction, "250", "250")
	eventually(t, "both sessions logged out", func() bool {
		sessions, resets, logouts := r.counts()
		return sessions == 3 && logouts == 2 && resets == 1
	})
}

func TestClientThatVanishesInMidMessage(t *testing.T) {
	r := &recorder{}
	s := &server.Server{Backend: r}
	addr := start(t, s)
	before := runtime.NumGoroutine()
	for range 20 {
		p := open(t, addr)
		p.talk(transaction+"DATA\r\n", "250", "250", "354")
		p.send("half a mess")
		p.conn.Close()
	}
	eventually(t, "all sessions ended", func() bool {
		_, resets, logouts := r.counts()
		return resets == 20 && logouts == 20 && s.Connections() == 0
	})
	for _, one := range r.received() {
		if !errors.Is(one.err, server.ErrAborted) || !errors.Is(one.err, ehlo.ErrConnectionLost) {
			t.Errorf("the body ends with %v", one.err)
		}
	}
	eventually(t, "no goroutine left", func() bool { return runtime.NumGoroutine() <= before })
}

func TestContextEndsWithTheConnection(t *testing.T) {
	r := &recorder{}
	ended, began := make(chan error, 1), make(chan struct{})
	r.onMail = func(ctx context.Context, _ string) error {
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		close(began)
		select {
		case <-child.Done():
			ended <- ctx.Err()
		case <-time.After(10 * time.Second):
			ended <- nil
		}
		return ctx.Err()
	}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.send("MAIL FROM:<a@client.example>\r\n")
	<-began
	p.conn.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the context ends with %v", err)
	}
}

// A client that is there is not taken for one that has gone, however often a handler asks.
func TestWatchedConnectionGoesOn(t *testing.T) {
	r := &recorder{}
	r.onMail = func(ctx context.Context, _ string) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
			return nil
		}
	}
	r.onData = func(ctx context.Context, body io.Reader) error {
		for {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Millisecond):
			}
			if _, err := body.Read(make([]byte, 7)); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
		}
	}
	p := open(t, start(t, &server.Server{Backend: r}))
	for range 3 {
		p.talk("MAIL FROM:<a@client.example>\r\n", "250")
		p.talk("RCPT TO:<b@mx.example>\r\nDATA\r\n", "250", "354")
		p.send("hello\r\n")
		time.Sleep(10 * time.Millisecond)
		p.talk("world\r\n.\r\n", "250")
	}
}

func TestShutdownLetsTransactionsEnd(t *testing.T) {
	r := &recorder{}
	s := &server.Server{Backend: r}
	addr := start(t, s)
	idle, busy := open(t, addr), open(t, addr)
	busy.talk(transaction+"DATA\r\n", "250", "250", "354")
	busy.send("first half\r\n")
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	idle.expect("421")
	idle.expectEnd()
	if _, err := net.Dial("tcp", addr); err == nil {
		t.Error("a connection is accepted")
	}
	busy.talk("second half\r\n.\r\n", "250", "421")
	busy.expectEnd()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if mails := r.received(); len(mails) != 1 || mails[0].body != "first half\r\nsecond half\r\n" {
		t.Errorf("%+v", mails)
	}
}

func TestShutdownCutsOffInTheEnd(t *testing.T) {
	r := &recorder{}
	s := &server.Server{Backend: r}
	p := open(t, start(t, s))
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown gives %v", err)
	}
	if _, resets, logouts := r.counts(); resets != 1 || logouts != 1 || s.Connections() != 0 {
		t.Errorf("%d resets, %d logouts, %d connections", resets, logouts, s.Connections())
	}
}

func TestTimeouts(t *testing.T) {
	r := &recorder{}
	s := &server.Server{Backend: r, Timeouts: server.Timeouts{Command: 100 * time.Millisecond, Data: 100 * time.Millisecond}}
	addr := start(t, s)
	p := open(t, addr)
	p.expect("421 4.4.2")
	p.expectEnd()
	p = open(t, addr)
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.expect("421 4.4.2")
	p.expectEnd()
	// A command that trickles in has no more time than any other.
	p = open(t, addr)
	for _, octet := range strings.Split("NOOP this takes too long", "") {
		if _, err := io.WriteString(p.conn, octet); err != nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	p.expect("421 4.4.2")
}

func TestGreetingControl(t *testing.T) {
	r := &recorder{}
	r.newSession = func(ctx context.Context, c *server.Conn) error {
		if server.FromContext(ctx) != c {
			return errors.New("another connection in the context")
		}
		return server.Refuse(554, 5, 7, 1, "not you")
	}
	p := dial(t, start(t, &server.Server{Backend: r}))
	p.expect("554")
	p.talk("EHLO client.example\r\n", "5")
	p.talk("MAIL FROM:<a@client.example>\r\n", "5")
	p.talk("QUIT\r\n", "221")
	p.expectEnd()

	facts := make(chan ehlo.Facts, 1)
	r = &recorder{wrap: func(s *recording) server.Session { return greeting{s, facts} }}
	addr := start(t, &server.Server{Backend: r, GreetingDelay: 200 * time.Millisecond})
	early := dial(t, addr)
	early.talk("EHLO client.example\r\n", "554 no early talkers")
	if <-facts&ehlo.FactEarlyTalker == 0 {
		t.Error("an early talker is not told")
	}
	polite := dial(t, addr)
	polite.expect("220")
	if <-facts&ehlo.FactEarlyTalker != 0 {
		t.Error("a polite client is called an early talker")
	}
	polite.talk("EHLO client.example\r\n", "250")
}

type greeting struct {
	*recording
	facts chan ehlo.Facts
}

func (g greeting) Greet(context.Context) error {
	g.facts <- g.conn.Facts()
	if g.conn.Facts()&ehlo.FactEarlyTalker != 0 {
		return &server.Reply{Code: 554, Text: "no early talkers"}
	}
	return nil
}

type commanding struct {
	*recording
	seen *[]server.Observation
}

func (c commanding) Command(_ context.Context, verb, args string) error {
	return server.OK(verb + " with " + args)
}

func (c commanding) Hello(_ context.Context, verb ehlo.Verb, host string) error {
	if host == "bad.example" {
		return server.Refuse(550, 5, 7, 1, "not under this name")
	}
	return nil
}

func (c commanding) Verify(_ context.Context, verb ehlo.Verb, text string, _ bool) error {
	return server.OK(verb.String() + " " + text)
}

func (c commanding) Observe(_ context.Context, seen server.Observation) {
	*c.seen = append(*c.seen, seen)
}

func TestOwnVerbsAndHooks(t *testing.T) {
	var seen []server.Observation
	r := &recorder{wrap: func(s *recording) server.Session { return commanding{s, &seen} }}
	s := &server.Server{Backend: r, Configure: func(o *ehlo.ServerOptions) {
		o.Extensions |= ehlo.ExtVRFY
		o.Rules = []ehlo.Rule{{Keyword: "XCLIENT NAME ADDR", Scope: ehlo.ScopeEHLO},
			{Keyword: "XCLIENT", Scope: ehlo.ScopeVerb, Action: ehlo.RuleOffer}}
	}}
	p := dial(t, start(t, s))
	p.expect("220")
	p.talk("EHLO bad.example\r\n", "550")
	if hello := p.talk("EHLO client.example\r\n", "250"); !strings.Contains(hello, "XCLIENT NAME ADDR") {
		t.Errorf("%q", hello)
	}
	p.talk("XCLIENT NAME=a\r\n", "250 2.0.0 XCLIENT with NAME=a")
	p.talk("VRFY bob\r\n", "250 2.0.0 VRFY bob")
	p.talk("NONSENSE\r\n", "500")
	p.talk("QUIT\r\n", "221")
	p.expectEnd()
	if len(seen) != 1 || seen[0].Event != ehlo.EventRejected || seen[0].Err != ehlo.ErrUnknownCommand || seen[0].Code != 500 {
		t.Errorf("%+v", seen)
	}
}

func TestTooManyConnections(t *testing.T) {
	addr := start(t, &server.Server{Backend: &recorder{}, MaxConnections: 1})
	first := open(t, addr)
	second := dial(t, addr)
	second.expect("421")
	second.expectEnd()
	first.talk("QUIT\r\n", "221")
	first.expectEnd()
	eventually(t, "there is room again", func() bool {
		p := dial(t, addr)
		line, err := p.in.ReadString('\n')
		return err == nil && strings.HasPrefix(line, "220")
	})
}

func tlsConfig(t testing.TB) *tls.Config {
	t.Helper()
	return &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
}
