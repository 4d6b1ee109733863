package server_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/libehlo/libehlo/bindings/go/server"
)

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
	p.talk("AUTH PLAIN bm9udWxz\r\n", "535 5.7.8")
	p.talk("AUTH X\r\n", "504")
	p.talk("auth login\r\n", "334 VXNlcm5hbWU6")
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

func tlsConfig(t testing.TB) *tls.Config {
	t.Helper()
	return &tls.Config{Certificates: []tls.Certificate{certificate(t)}}
}
