package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

func TestPanicClosesOneConnection(t *testing.T) {
	r := &recorder{}
	r.OnMail = func(_ context.Context, from string) error {
		if from == "panic@client.example" {
			panic("a handler's fault")
		}
		return nil
	}
	r.OnData = func(_ context.Context, body io.Reader) error {
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
	ended(t, r, 3, 1, 2)
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
	ended(t, r, 20, 20, 20)
	eventually(t, "no connection is left", func() bool { return s.Connections() == 0 })
	for _, one := range r.Received() {
		if !errors.Is(one.Err, server.ErrAborted) || !errors.Is(one.Err, ehlo.ErrConnectionLost) {
			t.Errorf("the body ends with %v", one.Err)
		}
	}
	eventually(t, "no goroutine left", func() bool { return runtime.NumGoroutine() <= before })
}

func TestContextEndsWithTheConnection(t *testing.T) {
	for _, where := range []string{"in MAIL", "behind the content"} {
		began, ended := make(chan struct{}), make(chan error, 1)
		wait := func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
			defer cancel()
			close(began)
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return nil
		}
		r := &recorder{OnData: func(ctx context.Context, body io.Reader) error {
			io.Copy(io.Discard, body)
			return wait(ctx)
		}}
		if where == "in MAIL" {
			r.OnMail = func(ctx context.Context, _ string) error { return wait(ctx) }
		}
		p := open(t, start(t, &server.Server{Backend: r}))
		p.send(transaction + "DATA\r\n")
		if where != "in MAIL" {
			p.expect("250", "250", "354")
			p.send("x\r\n.\r\n")
		}
		<-began
		p.conn.Close()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: the context ends with %v", where, err)
		}
	}
}

// A client that is there is not taken for one that has gone, however often a handler asks.
func TestWatchedConnectionGoesOn(t *testing.T) {
	idle := func(ctx context.Context, pause time.Duration) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
			return nil
		}
	}
	r := &recorder{OnMail: func(ctx context.Context, _ string) error { return idle(ctx, 20*time.Millisecond) }}
	r.OnData = func(ctx context.Context, body io.Reader) error {
		for {
			if err := idle(ctx, time.Millisecond); err != nil {
				return err
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
	// A command that trickles in has no more time than any other, nor has a line that is too long.
	for _, begun := range []string{"NOOP this takes too long", strings.Repeat("x", 3000)} {
		p = open(t, addr)
		p.send(begun)
		go func(conn net.Conn) {
			for err := error(nil); err == nil; time.Sleep(20 * time.Millisecond) {
				_, err = io.WriteString(conn, "x")
			}
		}(p.conn)
		p.expect("421 4.4.2")
		p.conn.Close()
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

// The answer cannot be written: the transaction ends all the same, and so does the session.
func TestClientThatResetsBeforeTheAnswer(t *testing.T) {
	r := &recorder{}
	gone := make(chan struct{})
	r.OnRcpt = func(context.Context, string) error {
		<-gone
		return nil
	}
	s := &server.Server{Backend: r}
	p := open(t, start(t, s))
	p.send("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\n" + strings.Repeat("NOOP\r\n", 500))
	time.Sleep(20 * time.Millisecond)
	p.conn.(*net.TCPConn).SetLinger(0)
	p.conn.Close()
	close(gone)
	ended(t, r, 1, 1, 1)
	eventually(t, "no connection is left", func() bool { return s.Connections() == 0 })
}

func TestServedConnectionOfAnotherKind(t *testing.T) {
	r := &recorder{}
	host := make(chan string, 1)
	r.OnMail = func(ctx context.Context, _ string) error {
		c := server.FromContext(ctx)
		_, secure := c.TLS()
		if secure || c.RemoteAddr() == nil || c.LocalAddr() == nil || c.NetConn() == nil || c.Protocol() != "ESMTP" {
			return errors.New("wrong facts")
		}
		host <- c.Host()
		return nil
	}
	s := &server.Server{Backend: r}
	client, served := net.Pipe()
	done := make(chan error, 1)
	go func() { done <- s.ServeConn(served) }()
	p := peerOf(t, client).hello()
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	long := strings.Repeat("0123456789012345678901234567890123456789\r\n", 5000)
	p.talk(long+".\r\n", "250")
	p.talk("QUIT\r\n", "221")
	if err := <-done; err != nil || <-host != "client.example" || r.Received()[0].Body != long {
		t.Errorf("%v, %d octets", err, len(r.Received()[0].Body))
	}
	check(t, s.Close())
	if err := s.ServeConn(served); !errors.Is(err, server.ErrClosed) {
		t.Errorf("a closed server serves: %v", err)
	}
}

func TestListenAndServe(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "lmtp")
	s := &server.Server{Backend: &recorder{}, Network: "unix", Addr: socket, LMTP: true}
	done := make(chan error, 1)
	go func() { done <- s.ListenAndServe() }()
	var conn net.Conn
	eventually(t, "it listens", func() (good bool) {
		var err error
		conn, err = net.Dial("unix", socket)
		return err == nil
	})
	defer conn.Close()
	p := peerOf(t, conn)
	p.expect("220")
	p.talk("LHLO client.example\r\n"+transaction+"DATA\r\n", "250", "250", "250", "354")
	p.talk("x\r\n.\r\n", "250")
	check(t, s.Close())
	if err := <-done; !errors.Is(err, server.ErrClosed) {
		t.Errorf("%v", err)
	}
}

// The deadline of a read is set after the end of the watch, which has one of its own.
func TestAWatchedBodyStillTimesOut(t *testing.T) {
	r := &recorder{}
	ended := make(chan error, 1)
	r.OnData = func(ctx context.Context, body io.Reader) error {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		_, err := io.Copy(io.Discard, body)
		ended <- err
		return err
	}
	p := open(t, start(t, &server.Server{Backend: r, Timeouts: server.Timeouts{Data: 100 * time.Millisecond}}))
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.send("half a mess")
	if err := <-ended; !errors.Is(err, ehlo.ErrTimeout) {
		t.Error(err)
	}
}

func TestAPanicLeavesEarlierAnswers(t *testing.T) {
	r := &recorder{OnRcpt: func(_ context.Context, to string) error {
		if to == "panic@mx.example" {
			panic("a handler's fault")
		}
		return nil
	}}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk("MAIL FROM:<>\r\nRCPT TO:<b@mx.example>\r\nRCPT TO:<panic@mx.example>\r\n", "250", "250", "421 4.3.0")
	p.expectEnd()
}
