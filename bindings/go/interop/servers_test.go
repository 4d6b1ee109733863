// Package interop holds the tests against what other projects have written. It is a module of its own, so that the
// binding itself depends on nothing.
package interop

import (
	"context"
	"crypto/tls"
	"io"
	"strings"
	"testing"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

// Our server.

type ourSession struct{ mailtest.Guarded }

// Auth shows that the mechanisms of go-sasl serve as they are.
func (s ourSession) Auth(ctx context.Context, mechanism string) (server.SASLServer, error) {
	if mechanism != sasl.Plain {
		return s.Guarded.Auth(ctx, mechanism)
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return s.Check(user, password) }), nil
}

func startOurs(t *testing.T, s *server.Server) (string, *mailtest.Box) {
	t.Helper()
	b := mailtest.NewBox()
	b.Wrap = func(s *mailtest.Session) server.Session { return ourSession{mailtest.Guarded{Session: s}} }
	s.Backend = b
	if s.TLSConfig != nil {
		s.AuthMechanisms = []string{"PLAIN", "LOGIN"}
	}
	return mailtest.Serve(t, s), b
}

// go-smtp's server.

type goSession struct {
	box  *mailtest.Box
	user string
	mail mailtest.Mail
}

func (s *goSession) Reset()        {}
func (s *goSession) Logout() error { return nil }

func (s *goSession) Mail(from string, opts *gosmtp.MailOptions) error {
	s.mail = mailtest.Mail{From: from, Opts: server.MailOptions{UTF8: opts.UTF8, RequireTLS: opts.RequireTLS,
		EnvelopeID: opts.EnvelopeID}}
	if opts.Return == gosmtp.DSNReturnFull {
		s.mail.Opts.Return = ehlo.ReturnFULL
	}
	return nil
}

func (s *goSession) Rcpt(to string, opts *gosmtp.RcptOptions) error {
	if strings.HasPrefix(to, "no") {
		return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	}
	s.mail.To = append(s.mail.To, to)
	s.mail.RcptOpts = append(s.mail.RcptOpts, server.RcptOptions{OriginalRecipient: opts.OriginalRecipient})
	return nil
}

func (s *goSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.mail.Body, s.mail.User = string(body), s.user
	s.box.Put(s.mail)
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

func startGo(t *testing.T, change func(*gosmtp.Server)) (string, *mailtest.Box) {
	t.Helper()
	b := &mailtest.Box{}
	s := gosmtp.NewServer(gosmtp.BackendFunc(func(*gosmtp.Conn) (gosmtp.Session, error) {
		return &goSession{box: b}, nil
	}))
	s.Domain = "mx.example"
	s.EnableSMTPUTF8, s.EnableDSN, s.EnableBINARYMIME, s.EnableREQUIRETLS = true, true, true, true
	change(s)
	listener := mailtest.Listen(t)
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	return listener.Addr().String(), b
}

func tlsConfigs(t *testing.T) (own, trusting *tls.Config) {
	own, trusting = mailtest.TLS(t)
	trusting.ServerName = "127.0.0.1"
	return own, trusting
}
