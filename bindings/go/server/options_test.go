package server_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

// What cannot be served is named when the server is to start, before anything is listened to.
func TestOptionsThatAreWrongAreNamed(t *testing.T) {
	r := &recorder{}
	for _, one := range []struct {
		server *server.Server
		want   string
	}{
		{&server.Server{}, "no Backend"},
		{&server.Server{Backend: r, RequireTLS: true}, "no TLSConfig"},
		{&server.Server{Backend: r, ImplicitTLS: true}, "no TLSConfig"},
		{&server.Server{Backend: r, Configure: func(o *ehlo.ServerOptions) { o.RequireTLS = true }}, "no TLSConfig"},
		{&server.Server{Backend: r, AuthMechanisms: []string{"PLAIN"}}, "AuthMechanisms without a TLSConfig"},
		{&server.Server{Backend: r, MaxRecipients: -1}, "MaxRecipients is -1"},
		{&server.Server{Backend: r, MaxRecipients: 1<<20 + 1}, "MaxRecipients is 1048577"},
		{&server.Server{Backend: r, MaxRecipients: 50}, "MaxRecipients is 50, which takes BelowMinimum"},
		{&server.Server{Backend: r, MaxMessageBytes: 1024}, "MaxMessageBytes is 1024, which takes BelowMinimum"},
		{&server.Server{Backend: r, Hostname: "no name"}, "the option Hostname is"},
		{&server.Server{Backend: r, AuthMechanisms: []string{"P LAIN!"}, PlaintextAuth: true}, "the option Mechanisms is"},
		{&server.Server{Backend: r, Configure: func(o *ehlo.ServerOptions) { o.ReplyQueue = 1 }}, "the option ReplyQueue is"},
	} {
		err := one.server.ListenAndServe()
		if !errors.Is(err, ehlo.ErrArgument) || !strings.Contains(err.Error(), one.want) {
			t.Errorf("instead of %q: %v", one.want, err)
		}
	}
}

func TestLimitsBelowTheMinimum(t *testing.T) {
	r := &recorder{}
	s := &server.Server{Backend: r, MaxRecipients: 1, MaxMessageBytes: 1024, Configure: func(o *ehlo.ServerOptions) {
		o.BelowMinimum = true
	}}
	p := open(t, start(t, s))
	p.talk("MAIL FROM:<> SIZE=1025\r\n", "552 5.3.4")
	p.talk(transaction, "250", "250")
	p.talk("RCPT TO:<c@mx.example>\r\n", "452 4.5.3")
}

// lines is a log that a test can look at.
type lines struct {
	mu     sync.Mutex
	octets bytes.Buffer
}

func (l *lines) Write(octets []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.octets.Write(octets)
}

func (l *lines) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.octets.String(), text)
}

func TestPanicIsLoggedWithoutALogger(t *testing.T) {
	before, log := slog.Default(), &lines{}
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	defer slog.SetDefault(before)
	r := &recorder{OnMail: func(context.Context, string) error { panic("a handler's fault") }}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk("MAIL FROM:<a@client.example>\r\n", "421 4.3.0")
	p.expectEnd()
	if !log.has("a handler's fault") {
		t.Error("a panic is silent")
	}
}

// busy is a listener that is out of descriptors when it is first asked.
type busy struct {
	net.Listener
	once sync.Once
}

type outOfDescriptors struct{}

func (outOfDescriptors) Error() string   { return "too many open files" }
func (outOfDescriptors) Temporary() bool { return true }

func (l *busy) Accept() (nc net.Conn, err error) {
	l.once.Do(func() { err = outOfDescriptors{} })
	if err != nil {
		return nil, err
	}
	return l.Listener.Accept()
}

func TestFailureToAcceptIsLogged(t *testing.T) {
	log := &lines{}
	s := &server.Server{Backend: &recorder{}, Log: slog.New(slog.NewTextHandler(log, nil))}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	go s.Serve(&busy{Listener: listener})
	defer s.Close()
	p := dial(t, listener.Addr().String())
	p.expect("220")
	if !log.has("too many open files") {
		t.Error("a connection that could not be accepted is silent")
	}
}
