// Package mailtest has what the tests of several packages need: a server whose program keeps what arrives.
package mailtest

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/libehlo/libehlo/bindings/go/server"
)

// Mail is what arrived.
type Mail struct {
	From       string
	Opts       server.MailOptions
	To         []string
	RcptOpts   []server.RcptOptions
	Body       string
	Err        error // of reading the body
	With, User string
}

// Box is a backend that takes everything, unless a hook says otherwise.
type Box struct {
	mu                        sync.Mutex
	mails                     []Mail
	sessions, resets, logouts int

	OnSession func(ctx context.Context, c *server.Conn) error
	OnMail    func(ctx context.Context, from string) error
	OnRcpt    func(ctx context.Context, to string) error
	OnData    func(ctx context.Context, r io.Reader) error
	Answer    error             // to a message that was kept
	Users     map[string]string // and their passwords, for Guard
	Wrap      func(s *Session) server.Session
}

// NewBox makes a Box with a user that refuses recipients that begin with "no" and, for now, with "later".
func NewBox() *Box {
	return &Box{
		OnRcpt: func(_ context.Context, to string) error {
			switch {
			case strings.HasPrefix(to, "no"):
				return server.Refuse(550, 5, 1, 1, "no such user")
			case strings.HasPrefix(to, "later"):
				return server.Refuse(450, 4, 2, 0, "later")
			}
			return nil
		},
		Users: map[string]string{"user": "pass"},
		Wrap:  Guard,
	}
}

// NewSession makes a Session, which Wrap may add hooks to.
func (b *Box) NewSession(ctx context.Context, c *server.Conn) (server.Session, error) {
	if b.OnSession != nil {
		if err := b.OnSession(ctx, c); err != nil {
			return nil, err
		}
	}
	b.count(&b.sessions)
	s := &Session{Box: b, Conn: c}
	if b.Wrap != nil {
		return b.Wrap(s), nil
	}
	return s, nil
}

func (b *Box) count(number *int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*number++
}

// Counts is how many sessions began, how many transactions ended, and how many sessions did.
func (b *Box) Counts() (sessions, resets, logouts int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sessions, b.resets, b.logouts
}

// Put keeps a mail.
func (b *Box) Put(mail Mail) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, mail)
}

// Received gives all that arrived.
func (b *Box) Received() []Mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Mail(nil), b.mails...)
}

// Taken gives all that arrived whole.
func (b *Box) Taken() []Mail {
	return slices.DeleteFunc(b.Received(), func(mail Mail) bool { return mail.Err != nil })
}

// Last gives what arrived last.
func (b *Box) Last(t testing.TB) Mail {
	t.Helper()
	mails := b.Taken()
	if len(mails) == 0 {
		t.Fatal("nothing arrived")
	}
	return mails[len(mails)-1]
}

// Only gives the one mail that arrived since the last call.
func (b *Box) Only(t testing.TB) Mail {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.mails) != 1 {
		t.Fatalf("%d mails arrived", len(b.mails))
	}
	one := b.mails[0]
	b.mails = nil
	return one
}

// Session is one of a Box.
type Session struct {
	Box     *Box
	Conn    *server.Conn
	Current Mail
}

// Mail begins a mail.
func (s *Session) Mail(ctx context.Context, from string, opts *server.MailOptions) error {
	s.Current = Mail{From: from, Opts: *opts, User: s.Current.User}
	if s.Box.OnMail != nil {
		return s.Box.OnMail(ctx, from)
	}
	return nil
}

// Rcpt adds a recipient.
func (s *Session) Rcpt(ctx context.Context, to string, opts *server.RcptOptions) (err error) {
	if s.Box.OnRcpt != nil {
		err = s.Box.OnRcpt(ctx, to)
	}
	if reply, ok := err.(*server.Reply); err == nil || (ok && reply != nil && reply.Code/100 == 2) {
		s.Current.To, s.Current.RcptOpts = append(s.Current.To, to), append(s.Current.RcptOpts, *opts)
	}
	return err
}

// Data keeps the mail.
func (s *Session) Data(ctx context.Context, r io.Reader) error {
	if s.Box.OnData != nil {
		return s.Box.OnData(ctx, r)
	}
	body, err := io.ReadAll(r)
	s.Current.Body, s.Current.Err, s.Current.With = string(body), err, s.Conn.Protocol()
	s.Box.Put(s.Current)
	if err == nil {
		err = s.Box.Answer
	}
	return err
}

// Reset and Logout are counted.
func (s *Session) Reset()        { s.Box.count(&s.Box.resets) }
func (s *Session) Logout() error { s.Box.count(&s.Box.logouts); return nil }

// Guarded is a Session with authentication.
type Guarded struct{ *Session }

// Guard is for Box.Wrap.
func Guard(s *Session) server.Session { return Guarded{s} }

// Check says whether the password is right, and remembers who has given it.
func (s Guarded) Check(user, password string) error {
	if known, ok := s.Box.Users[user]; !ok || known != password {
		return server.Refuse(535, 5, 7, 8, "wrong password")
	}
	s.Current.User = user
	return nil
}

// Auth serves LOGIN and PLAIN.
func (s Guarded) Auth(_ context.Context, mechanism string) (server.SASLServer, error) {
	switch mechanism {
	case "LOGIN":
		return server.Login(s.Check), nil
	case "PLAIN":
		return server.Plain(func(_, user, password string) error { return s.Check(user, password) }), nil
	}
	return nil, server.Refuse(504, 5, 5, 4, "no such mechanism")
}

// Check ends the test where something that it needs has failed.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Listen listens on loopback.
func Listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	Check(t, err)
	return listener
}

// Serve serves on loopback until the test ends and gives the address.
func Serve(t testing.TB, s *server.Server) string {
	t.Helper()
	s.Hostname = cmp.Or(s.Hostname, "mx.example")
	listener := Listen(t)
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-done; !errors.Is(err, server.ErrClosed) {
			t.Errorf("Serve gives %v", err)
		}
	})
	return listener.Addr().String()
}

// TLS gives the configurations of a server on loopback and of a client that trusts its certificate for 127.0.0.1.
func TLS(testing.TB) (own, trusting *tls.Config) {
	known := httptest.NewTLSServer(nil) // has such a certificate
	defer known.Close()
	pool := x509.NewCertPool()
	pool.AddCert(known.Certificate())
	return &tls.Config{Certificates: known.TLS.Certificates}, &tls.Config{RootCAs: pool}
}

// Bodies are those that go wrong elsewhere.
func Bodies() map[string]string {
	random := rand.New(rand.NewPCG(1, 2))
	var lines bytes.Buffer
	for range 20000 {
		for range random.IntN(80) {
			lines.WriteByte("..abc \t\xc3\xa9"[random.IntN(9)])
		}
		lines.WriteString("\r\n")
	}
	return map[string]string{
		"short":         "Subject: hi\r\n\r\nhello\r\n",
		"dots":          ".\r\n..\r\n...\r\n.a\r\n\r\n.\r\n",
		"only a line":   "\r\n",
		"long lines":    strings.Repeat("x", 900) + "\r\n" + strings.Repeat(".", 900) + "\r\n",
		"half a MiB":    lines.String(),
		"looks like it": "MAIL FROM:<evil@x.example>\r\nQUIT\r\n",
	}
}
