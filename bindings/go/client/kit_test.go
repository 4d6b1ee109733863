package client_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libehlo/libehlo/bindings/go/client"
	"github.com/libehlo/libehlo/bindings/go/server"
)

// box is a backend that keeps what comes, and refuses recipients that begin with "no".
type box struct {
	mu    sync.Mutex
	mails []kept
}

type kept struct {
	from string
	opts server.MailOptions
	to   []string
	rcpt []server.RcptOptions
	body string
	with string
}

func (b *box) NewSession(_ context.Context, c *server.Conn) (server.Session, error) {
	return &entry{box: b, conn: c}, nil
}

func (b *box) last(t *testing.T) kept {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.mails) == 0 {
		t.Fatal("nothing arrived")
	}
	return b.mails[len(b.mails)-1]
}

type entry struct {
	box  *box
	conn *server.Conn
	kept kept
}

func (e *entry) Mail(_ context.Context, from string, opts *server.MailOptions) error {
	if from == "banned@client.example" {
		return server.Refuse(550, 5, 7, 1, "banned\nfor good")
	}
	e.kept = kept{from: from, opts: *opts}
	return nil
}

func (e *entry) Rcpt(_ context.Context, to string, opts *server.RcptOptions) error {
	if strings.HasPrefix(to, "no") {
		return server.Refuse(550, 5, 1, 1, "no such user")
	}
	if strings.HasPrefix(to, "later") {
		return server.Refuse(450, 4, 2, 0, "later")
	}
	e.kept.to, e.kept.rcpt = append(e.kept.to, to), append(e.kept.rcpt, *opts)
	return nil
}

func (e *entry) Data(_ context.Context, r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	e.kept.body, e.kept.with = string(body), e.conn.Protocol()
	e.box.mu.Lock()
	defer e.box.mu.Unlock()
	e.box.mails = append(e.box.mails, e.kept)
	return server.OK("queued")
}

func (e *entry) Reset()        {}
func (e *entry) Logout() error { return nil }

func (e *entry) Auth(_ context.Context, mechanism string) (server.SASLServer, error) {
	check := func(user, password string) error {
		if user == "user" && password == "pass" {
			return nil
		}
		return server.Refuse(535, 5, 7, 8, "wrong password")
	}
	if mechanism == "LOGIN" {
		return server.Login(check), nil
	}
	return server.Plain(func(_, user, password string) error { return check(user, password) }), nil
}

func serve(t testing.TB, s *server.Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Hostname = "mx.example"
	go s.Serve(listener)
	t.Cleanup(func() { s.Close() })
	return listener.Addr().String()
}

func dial(t testing.TB, addr string, options *client.Options) *client.Client {
	t.Helper()
	c, err := client.Dial(context.Background(), "tcp", addr, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func selfSigned(t testing.TB) (*tls.Config, *tls.Config) {
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
		&tls.Config{RootCAs: pool}
}

var background = context.Background()

// script is a server that says what the test wants: for each line that begins with a key its value.
func script(t *testing.T, greeting string, say func(line string) string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				io.WriteString(conn, greeting)
				lines := bufio.NewScanner(conn)
				for lines.Scan() {
					answer := say(lines.Text())
					if answer == "close" {
						return
					}
					io.WriteString(conn, answer)
				}
			}()
		}
	}()
	return listener.Addr().String()
}
