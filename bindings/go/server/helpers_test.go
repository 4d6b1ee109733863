package server_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libehlo/libehlo/bindings/go/server"
)

// mail is what arrived.
type mail struct {
	from     string
	fromOpts server.MailOptions
	to       []string
	toOpts   []server.RcptOptions
	body     string
	err      error // of reading the body
}

// recorder is a backend that takes everything, unless a hook says otherwise.
type recorder struct {
	mu       sync.Mutex
	mails    []mail
	sessions int
	resets   int
	logouts  int

	newSession func(ctx context.Context, c *server.Conn) error
	onMail     func(ctx context.Context, from string) error
	onRcpt     func(ctx context.Context, to string) error
	onData     func(ctx context.Context, r io.Reader) error
	wrap       func(s *recording) server.Session
}

func (r *recorder) NewSession(ctx context.Context, c *server.Conn) (server.Session, error) {
	if r.newSession != nil {
		if err := r.newSession(ctx, c); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	r.sessions++
	r.mu.Unlock()
	s := &recording{recorder: r, conn: c}
	if r.wrap != nil {
		return r.wrap(s), nil
	}
	return s, nil
}

func (r *recorder) received() []mail {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]mail(nil), r.mails...)
}

func (r *recorder) counts() (sessions, resets, logouts int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.sessions, r.resets, r.logouts
}

type recording struct {
	recorder *recorder
	conn     *server.Conn
	current  mail
}

func (s *recording) Mail(ctx context.Context, from string, opts *server.MailOptions) error {
	s.current = mail{from: from, fromOpts: *opts}
	if s.recorder.onMail != nil {
		return s.recorder.onMail(ctx, from)
	}
	return nil
}

func (s *recording) Rcpt(ctx context.Context, to string, opts *server.RcptOptions) error {
	if s.recorder.onRcpt != nil {
		if err := s.recorder.onRcpt(ctx, to); err != nil {
			return err
		}
	}
	s.current.to = append(s.current.to, to)
	s.current.toOpts = append(s.current.toOpts, *opts)
	return nil
}

func (s *recording) Data(ctx context.Context, r io.Reader) error {
	if s.recorder.onData != nil {
		return s.recorder.onData(ctx, r)
	}
	body, err := io.ReadAll(r)
	s.current.body, s.current.err = string(body), err
	s.recorder.mu.Lock()
	s.recorder.mails = append(s.recorder.mails, s.current)
	s.recorder.mu.Unlock()
	return err
}

func (s *recording) Reset() {
	s.recorder.mu.Lock()
	s.recorder.resets++
	s.recorder.mu.Unlock()
}

func (s *recording) Logout() error {
	s.recorder.mu.Lock()
	s.recorder.logouts++
	s.recorder.mu.Unlock()
	return nil
}

// start serves on loopback until the test ends and gives the address.
func start(t testing.TB, s *server.Server) string {
	t.Helper()
	if s.Hostname == "" {
		s.Hostname = "mx.example"
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
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

// peer is a client that says what the test wants.
type peer struct {
	t    testing.TB
	conn net.Conn
	in   *bufio.Reader
}

func dial(t testing.TB, addr string) *peer {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &peer{t, conn, bufio.NewReader(conn)}
}

func (p *peer) send(octets string) {
	p.t.Helper()
	if _, err := io.WriteString(p.conn, octets); err != nil {
		p.t.Fatal(err)
	}
}

// expect reads a reply for each code and gives the last one, lines joined by "\n".
func (p *peer) expect(codes ...string) (reply string) {
	p.t.Helper()
	for _, code := range codes {
		reply = ""
		for {
			line, err := p.in.ReadString('\n')
			if err != nil {
				p.t.Fatalf("no reply %s: %v after %q", code, err, line)
			}
			reply += strings.TrimSuffix(line, "\r\n") + "\n"
			if !strings.HasPrefix(line, code) {
				p.t.Fatalf("the reply is %q, not %s", line, code)
			}
			if len(line) > 3 && line[3] == ' ' {
				break
			}
		}
	}
	return strings.TrimSuffix(reply, "\n")
}

func (p *peer) talk(octets string, codes ...string) string {
	p.t.Helper()
	p.send(octets)
	return p.expect(codes...)
}

// expectEnd checks that the server closes and says nothing more.
func (p *peer) expectEnd() {
	p.t.Helper()
	rest, err := io.ReadAll(p.in)
	if err != nil || len(rest) != 0 {
		p.t.Fatalf("instead of the end: %q, %v", rest, err)
	}
}

func (p *peer) startTLS() {
	p.t.Helper()
	p.talk("STARTTLS\r\n", "220")
	*p = *p.secure()
}

// secure does the handshake and gives a peer that speaks within TLS.
func (p *peer) secure() *peer {
	p.t.Helper()
	inner := tls.Client(p.conn, &tls.Config{InsecureSkipVerify: true})
	if err := inner.Handshake(); err != nil {
		p.t.Fatal(err)
	}
	return &peer{p.t, inner, bufio.NewReader(inner)}
}

// certificate makes one for mx.example.
func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mx.example"},
		DNSNames: []string{"mx.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func eventually(t testing.TB, what string, good func() bool) {
	t.Helper()
	for range 1000 {
		if good() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("never: %s", what)
}
