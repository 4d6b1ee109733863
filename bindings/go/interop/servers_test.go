// Package interop holds the tests against what other projects have written. It is a module of its own, so that the
// binding itself depends on nothing.
package interop

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"github.com/libehlo/libehlo/bindings/go/server"
)

// mail is what a server has taken.
type mail struct {
	from, with string
	to         []string
	body       string
	mailOpts   *server.MailOptions
	rcptOpts   []*server.RcptOptions
	goMail     *gosmtp.MailOptions
	goRcpt     []*gosmtp.RcptOptions
	user       string
}

type inbox struct {
	mu    sync.Mutex
	mails []mail
}

func (b *inbox) put(m mail) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mails = append(b.mails, m)
}

// only gives the one mail that arrived since the last call.
func (b *inbox) only(t *testing.T) mail {
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

// Our server.

type ourSession struct {
	inbox *inbox
	conn  *server.Conn
	user  string
	mail  mail
}

func (s *ourSession) Mail(_ context.Context, from string, opts *server.MailOptions) error {
	s.mail = mail{from: from, mailOpts: opts}
	return nil
}

func (s *ourSession) Rcpt(_ context.Context, to string, opts *server.RcptOptions) error {
	if strings.HasPrefix(to, "no") {
		return server.Refuse(550, 5, 1, 1, "no such user")
	}
	s.mail.to, s.mail.rcptOpts = append(s.mail.to, to), append(s.mail.rcptOpts, opts)
	return nil
}

func (s *ourSession) Data(_ context.Context, r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.body, s.mail.user, s.mail.with = string(body), s.user, s.conn.Protocol()
	s.inbox.put(s.mail)
	return nil
}

func (s *ourSession) Reset()        {}
func (s *ourSession) Logout() error { return nil }

// Auth shows that the mechanisms of go-sasl serve as they are.
func (s *ourSession) Auth(_ context.Context, mechanism string) (server.SASLServer, error) {
	check := func(user, password string) error {
		if user != "user" || password != "pass" {
			return server.Refuse(535, 5, 7, 8, "wrong password")
		}
		s.user = user
		return nil
	}
	if mechanism == sasl.Login {
		return server.Login(check), nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

func startOurs(t *testing.T, s *server.Server) (string, *inbox) {
	t.Helper()
	b := &inbox{}
	s.Hostname = "mx.example"
	if s.TLSConfig != nil {
		s.AuthMechanisms = []string{"PLAIN", "LOGIN"}
	}
	s.Backend = server.BackendFunc(func(_ context.Context, c *server.Conn) (server.Session, error) {
		return &ourSession{inbox: b, conn: c}, nil
	})
	listener := listen(t)
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	return listener.Addr().String(), b
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// go-smtp's server.

type goSession struct {
	inbox *inbox
	user  string
	mail  mail
}

func (s *goSession) Reset()        {}
func (s *goSession) Logout() error { return nil }

func (s *goSession) Mail(from string, opts *gosmtp.MailOptions) error {
	s.mail = mail{from: from, goMail: opts}
	return nil
}

func (s *goSession) Rcpt(to string, opts *gosmtp.RcptOptions) error {
	if strings.HasPrefix(to, "no") {
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	s.mail.to, s.mail.goRcpt = append(s.mail.to, to), append(s.mail.goRcpt, opts)
	return nil
}

func (s *goSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.body, s.mail.user = string(body), s.user
	s.inbox.put(s.mail)
	return nil
}

func (s *goSession) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *goSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "user" || password != "pass" {
			return gosmtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func startGo(t *testing.T, change func(*gosmtp.Server)) (string, *inbox) {
	t.Helper()
	b := &inbox{}
	s := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) {
		return &goSession{inbox: b}, nil
	}))
	s.Domain = "mx.example"
	s.EnableSMTPUTF8, s.EnableDSN, s.EnableBINARYMIME, s.EnableREQUIRETLS = true, true, true, true
	if change != nil {
		change(s)
	}
	listener := listen(t)
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	return listener.Addr().String(), b
}

// Certificates and bodies.

func tlsConfigs(t *testing.T) (own, trusting *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.example"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
}

// bodies are those that go wrong elsewhere.
func bodies() map[string]string {
	random := mathrand.New(mathrand.NewPCG(1, 2))
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
