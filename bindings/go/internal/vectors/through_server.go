package vectors

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"os"
	"slices"
	"sync"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

// program is the application of a case as a Session of package server.
type program struct {
	app  *app
	lmtp bool
	mail message
	mu   *sync.Mutex
	kept *[]message
}

// answer gives the refusal that the case has for this, or its text for an acceptance.
func (p *program) answer(verb string, code int) error {
	text, ok := p.app.replyTexts[verb]
	switch {
	case code != 0 && ok:
		return &server.Reply{Code: code, Text: text}
	case code != 0:
		return &server.Reply{Code: code, Text: "refused by the application"}
	case ok:
		return server.OK(text)
	}
	return nil
}

func (p *program) Mail(_ context.Context, from string, _ *server.MailOptions) error {
	p.mail = message{from: from}
	return p.answer("MAIL", p.app.rejectMail[from])
}

func (p *program) Rcpt(_ context.Context, to string, _ *server.RcptOptions) error {
	code := p.app.rejectRcpt[to]
	if code == 0 {
		p.mail.to = append(p.mail.to, to)
	}
	return p.answer("RCPT", code)
}

func (p *program) Data(ctx context.Context, r io.Reader) error { return p.LMTPData(ctx, r, nil) }

func (p *program) LMTPData(_ context.Context, r io.Reader, status server.StatusCollector) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	own := p.mail
	own.body, own.to = string(body), nil
	code := func(recipient int) int {
		codes := p.app.messageReply
		if len(codes) == 0 {
			return 0
		}
		if !p.app.perRecipient || !p.lmtp {
			recipient = 0
		}
		if codes[recipient] == 250 {
			return 0
		}
		return codes[recipient]
	}
	for i, to := range p.mail.to {
		if code(i) == 0 {
			own.to = append(own.to, to)
		}
		if p.lmtp {
			status.SetStatus(i, p.answer("DATA", code(i)))
		}
	}
	if len(own.to) != 0 {
		p.mu.Lock()
		*p.kept = append(*p.kept, own)
		p.mu.Unlock()
	}
	return p.answer("DATA", code(0))
}

func (p *program) Reset()        { p.mail = message{} }
func (p *program) Logout() error { return nil }

func (p *program) Auth(_ context.Context, mechanism string) (server.SASLServer, error) {
	check := func(user, password string) error {
		if known, ok := p.app.credentials[user]; ok && known == password {
			return nil
		}
		return server.Refuse(535, 5, 7, 8, "refused by the application")
	}
	switch mechanism = upper(mechanism); mechanism {
	case "LOGIN":
		return server.Login(check), nil
	case "PLAIN":
		return server.Plain(func(_, user, password string) error { return check(user, password) }), nil
	}
	return nil, server.Refuse(504, 5, 5, 4, "no such mechanism")
}

// served is a session of package server and its client.
type served struct {
	wire   *wire
	client io.ReadWriter
	done   chan error
	mu     sync.Mutex
	kept   []message
}

func serve(c *config, a *app) *served {
	s := &served{wire: newWire(), done: make(chan error, 1)}
	receiver := &server.Server{Hostname: hostname, LMTP: c.lmtp, RequireTLS: c.requireTLS, RequireAuth: c.requireAuth,
		PlaintextAuth: !c.authRequiresTLS, TLSConfig: serverTLS(), MaxMessageBytes: c.sizeLimit,
		Log:       slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Configure: func(o *ehlo.ServerOptions) { c.apply(o) }}
	receiver.Backend = server.BackendFunc(func(context.Context, *server.Conn) (server.Session, error) {
		return &program{app: a, lmtp: c.lmtp, mu: &s.mu, kept: &s.kept}, nil
	})
	s.client = clientEnd{wire: s.wire}
	go func() {
		s.done <- receiver.ServeConn(serverEnd{wire: s.wire})
		receiver.Close()
	}()
	s.wire.settle()
	return s
}

func (s *served) send(octets []byte, how cut) {
	for _, piece := range pieces(octets, how) {
		_, err := s.client.Write(piece)
		require(err == nil || s.wire.isClosed(), "writing fails: %v", err)
		s.wire.settle()
	}
}

func (s *served) event(name string) {
	switch name {
	case "eof":
		s.wire.end()
		require(<-s.done == nil, "serving fails")
		s.done <- nil
	case "tls":
		secure := tls.Client(clientEnd{wire: s.wire}, &tls.Config{InsecureSkipVerify: true})
		require(secure.Handshake() == nil, "the handshake fails")
		s.client = secure
	case "tls-failed":
		s.send([]byte("no handshake at all\r\n"), wholeCut)
	}
	s.wire.settle()
}

func (s *served) replies() string {
	var replies []byte
	for buffer := make([]byte, 4096); ; {
		n, err := s.client.Read(buffer)
		replies = append(replies, buffer[:n]...)
		if err != nil {
			return string(replies)
		}
	}
}

func (s *served) messages() []message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept)
}

// canServe says whether package server has what the case is about.
func canServe(steps []any, c *config, a *app) bool {
	var sent []byte
	for _, one := range steps {
		step := objectOf(one)
		if octets, ok := step["send"]; ok {
			sent = bytesOf(octets)
		}
		switch step["event"] {
		case "timeout": // a server waits for its own clock
			return false
		case "tls", "tls-failed": // what comes behind the 220 is the handshake's, and no plaintext that could be dropped
			if !bytes.Contains(sent, []byte("STARTTLS")) {
				return false
			}
		}
	}
	// A handshake that cannot be done is refused by the program at the low level alone.
	return !a.tlsUnavailable && !c.tls
}

// cutBeforeTLS leaves what stands behind STARTTLS together with it: what comes after the 220 is the handshake's.
func cutBeforeTLS(octets []byte, how cut) cut {
	if at := bytes.Index(octets, []byte("STARTTLS\r\n")); at >= 0 && at+10 < len(octets) {
		return wholeCut
	}
	return how
}

// runThroughServer plays a session against package server and holds it against the case, as the plain run was.
func runThroughServer(steps []any, c *config, a *app, plain *transcript) {
	for _, how := range []plan{wholePlan(), piecesPlan(1), piecesPlan(3), piecesPlan(100)} {
		within("package server, "+how.name, func() {
			s := serve(c, a)
			defer func() {
				s.wire.end()
				<-s.done
			}()
			t := transcript{events: plain.events}
			j := judge{config: c, transcript: &t}
			for n, one := range steps {
				step := objectOf(one)
				if octets, ok := step["send"]; ok {
					s.send(bytesOf(octets), cutBeforeTLS(bytesOf(octets), how.cut))
				} else if name, ok := step["event"]; ok {
					s.event(textOf(name))
				}
				t.steps = append(t.steps, stepResult{s.replies(), s.wire.isClosed(), s.messages(), plain.steps[n].events})
				within("step "+dump(n), func() { j.step(step, &t.steps[n]) })
			}
		})
	}
}
