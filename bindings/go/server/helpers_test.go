package server_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

type (
	recorder  = mailtest.Box
	recording = mailtest.Session
)

var check = mailtest.Check

func start(t testing.TB, s *server.Server) string { return mailtest.Serve(t, s) }

func tlsConfig(t testing.TB) *tls.Config {
	own, _ := mailtest.TLS(t)
	return own
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
	check(t, err)
	t.Cleanup(func() { conn.Close() })
	return peerOf(t, conn)
}

func peerOf(t testing.TB, conn net.Conn) *peer {
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &peer{t, conn, bufio.NewReader(conn)}
}

// hello hears the greeting and says EHLO.
func (p *peer) hello() *peer {
	p.t.Helper()
	p.expect("220")
	p.talk("EHLO client.example\r\n", "250")
	return p
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
	check(p.t, inner.Handshake())
	return &peer{p.t, inner, bufio.NewReader(inner)}
}

// ended waits until so many sessions have begun, and so many transactions and sessions have come to their end.
func ended(t testing.TB, r *recorder, sessions, transactions, logouts int) {
	t.Helper()
	eventually(t, "all that began has ended", func() bool {
		begun, resets, out := r.Counts()
		return begun == sessions && resets == transactions && out == logouts
	})
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
