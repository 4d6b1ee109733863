package server_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/libehlo/libehlo/bindings/go/server"
)

// inMail gives a server and a client of it whose MAIL `handler` has begun to decide.
func inMail(t *testing.T, r *recorder, handler func(ctx context.Context) error) (*server.Server, *peer) {
	t.Helper()
	began := make(chan struct{})
	r.OnMail = func(ctx context.Context, _ string) error {
		close(began)
		return handler(ctx)
	}
	s := &server.Server{Backend: r}
	p := open(t, start(t, s))
	p.send("MAIL FROM:<a@client.example>\r\n")
	<-began
	return s, p
}

// shutdownSoon has the server shut down, with a context that ends before what it waits for.
func shutdownSoon(t *testing.T, s *server.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown gives %v", err)
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
	check(t, <-done)
	if mails := r.Received(); len(mails) != 1 || mails[0].Body != "first half\r\nsecond half\r\n" {
		t.Errorf("%+v", mails)
	}
}

func TestShutdownCutsOffInTheEnd(t *testing.T) {
	r := &recorder{}
	s := &server.Server{Backend: r}
	p := open(t, start(t, s))
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	shutdownSoon(t, s)
	p.expect("421 4.3.2")
	p.expectEnd()
	if _, resets, logouts := r.Counts(); resets != 1 || logouts != 1 || s.Connections() != 0 {
		t.Errorf("%d resets, %d logouts, %d connections", resets, logouts, s.Connections())
	}
}

// A handler that does not come back is not waited for: its connection is cut off, and the context of its call ends.
func TestShutdownOfAHandlerThatWaits(t *testing.T) {
	s, p := inMail(t, &recorder{}, func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	shutdownSoon(t, s)
	if s.Connections() != 0 {
		t.Errorf("%d connections", s.Connections())
	}
	p.expect("451", "421")
	p.expectEnd()
}

// One that does not listen to its context either keeps Shutdown for a moment alone, and what it uses until it comes back.
func TestShutdownOfADeafHandler(t *testing.T) {
	r, release := &recorder{}, make(chan struct{})
	s, _ := inMail(t, r, func(context.Context) error {
		select {
		case <-release:
		case <-time.After(20 * time.Second):
		}
		return nil
	})
	shutdownSoon(t, s)
	if s.Connections() != 1 {
		t.Errorf("Shutdown waits for a handler that does not come back: %d connections", s.Connections())
	}
	close(release)
	ended(t, r, 1, 1, 1)
	eventually(t, "no connection is left", func() bool { return s.Connections() == 0 })
}
