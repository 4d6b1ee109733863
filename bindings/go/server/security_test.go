package server_test

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

func TestTLSForgetsWhatWasSaidBefore(t *testing.T) {
	facts := make(chan ehlo.Facts, 2)
	r := &recorder{OnSession: func(_ context.Context, c *server.Conn) error {
		facts <- c.Facts()
		return nil
	}}
	p := open(t, start(t, &server.Server{Backend: r, TLSConfig: tlsConfig(t)}))
	p.startTLS()
	p.talk("MAIL FROM:<a@client.example>\r\n", "503")
	if hello := p.talk("EHLO client.example\r\n", "250"); strings.Contains(hello, "STARTTLS") {
		t.Errorf("%q", hello)
	}
	p.talk("MAIL FROM:<a@client.example> REQUIRETLS\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n", "250", "250", "354")
	p.talk("secret\r\n.\r\n", "250")
	if mails := r.Received(); len(mails) != 1 || len(mails[0].To) != 1 || !mails[0].Opts.RequireTLS {
		t.Errorf("%+v", mails)
	}
	if first, second := <-facts, <-facts; first&ehlo.FactTLS != 0 || second != ehlo.FactTLS {
		t.Errorf("NewSession sees %v, and within TLS %v", first, second)
	}
	ended(t, r, 2, 1, 1)
}

func TestPlaintextBehindStartTLSIsDropped(t *testing.T) {
	r := &recorder{}
	p := open(t, start(t, &server.Server{Backend: r, TLSConfig: tlsConfig(t)}))
	p.send("STARTTLS\r\nMAIL FROM:<evil@client.example>\r\n")
	p.expect("220")
	secure := p.secure()
	secure.talk("RCPT TO:<b@mx.example>\r\n", "503")
	secure.talk("NOOP\r\n", "250")
	if sessions, _, _ := r.Counts(); sessions != 2 {
		t.Errorf("%d sessions", sessions)
	}
}

// woken is a connection that closes its server when it has been asked for TLS, and goes on once it has been woken.
type woken struct {
	net.Conn
	close  func()
	waking chan struct{}
	once   sync.Once
}

func (w *woken) Write(octets []byte) (int, error) {
	n, err := w.Conn.Write(octets)
	if strings.HasPrefix(string(octets), "220 2.0.0 Ready") {
		go w.close()
		<-w.waking
	}
	return n, err
}

func (w *woken) SetReadDeadline(t time.Time) error {
	if t.Unix() == 1 {
		w.once.Do(func() { close(w.waking) })
	}
	return w.Conn.SetReadDeadline(t)
}

func TestShutdownJustBeforeAHandshake(t *testing.T) {
	s := &server.Server{Backend: &recorder{}, TLSConfig: tlsConfig(t)}
	client, served := net.Pipe()
	closed := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	go s.ServeConn(&woken{Conn: served, close: func() { closed <- s.Shutdown(ctx) }, waking: make(chan struct{})})
	p := peerOf(t, client).hello()
	p.talk("STARTTLS\r\n", "220")
	check(t, <-closed)
}

func TestConnectionsBeyondTheMostGetNoHandshake(t *testing.T) {
	s := &server.Server{Backend: &recorder{}, TLSConfig: tlsConfig(t), ImplicitTLS: true, MaxConnections: 1}
	addr := start(t, s)
	dial(t, addr)
	eventually(t, "the first is there", func() bool { return s.Connections() == 1 })
	dial(t, addr).expectEnd()
}

func TestImplicitTLS(t *testing.T) {
	r := &recorder{}
	s := &server.Server{Backend: r, TLSConfig: tlsConfig(t), ImplicitTLS: true, AuthMechanisms: []string{"PLAIN"}}
	addr := start(t, s)
	p := dial(t, addr).secure()
	p.expect("220")
	if hello := p.talk("EHLO client.example\r\n", "250"); strings.Contains(hello, "STARTTLS") || !strings.Contains(hello, "AUTH PLAIN") {
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

func TestAuthentication(t *testing.T) {
	r := mailtest.NewBox()
	addr := start(t, &server.Server{Backend: r, AuthMechanisms: []string{"PLAIN", "LOGIN"}, PlaintextAuth: true,
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
