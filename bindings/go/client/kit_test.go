package client_test

import (
	"bufio"
	"context"
	"io"
	"maps"
	"net"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/client"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

type box = mailtest.Box

var check = mailtest.Check

func newBox() *box {
	b := mailtest.NewBox()
	b.Answer = server.OK("queued")
	return b
}

func serve(t testing.TB, s *server.Server) string { return mailtest.Serve(t, s) }

func dial(t testing.TB, addr string, options *client.Options) *client.Client {
	t.Helper()
	c, err := client.Dial(context.Background(), "tcp", addr, options)
	check(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

var background = context.Background()

// deliver sends content from nobody to one recipient.
func deliver(c *client.Client, content io.Reader) ([]client.Outcome, error) {
	return c.Send(background, &client.Envelope{To: client.To("b@mx.example")}, content)
}

// accepted has the server take content.
func accepted(t testing.TB, c *client.Client, content io.Reader) {
	t.Helper()
	if outcomes, err := deliver(c, content); err != nil || client.Failed(outcomes) != nil {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// usable checks that the connection is of use still.
func usable(t testing.TB, c *client.Client) {
	t.Helper()
	if err := c.Noop(background); err != nil {
		t.Errorf("the connection is of no more use: %v", err)
	}
}

// offering is a server that offers nothing but the extensions.
func offering(b *box, extensions ehlo.Extensions) *server.Server {
	return &server.Server{Backend: b, Configure: func(o *ehlo.ServerOptions) { o.Extensions = extensions }}
}

// answers are those of a server to lines that begin with a key, the longest that fits: nothing for others, and "close"
// closes.
type answers map[string]string

// accepting gives answers that take a message "x", with others in their place.
func accepting(others answers) answers {
	all := answers{"": "250 ok\r\n", "EHLO": "250 mx.example\r\n", "DATA": "354 go\r\n", "x": ""}
	maps.Copy(all, others)
	return all
}

func (a answers) to(line string) string {
	for end := len(line); end >= 0; end-- {
		if answer, ok := a[line[:end]]; ok {
			return answer
		}
	}
	return ""
}

// script is a server that gives these answers.
func script(t *testing.T, greeting string, say answers) string {
	t.Helper()
	return talking(t, greeting, say.to)
}

// talking is a server that says what the test wants.
func talking(t *testing.T, greeting string, say func(line string) string) string {
	t.Helper()
	listener := mailtest.Listen(t)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go converse(conn, greeting, say)
		}
	}()
	return listener.Addr().String()
}

func converse(conn net.Conn, greeting string, say func(line string) string) {
	defer conn.Close()
	io.WriteString(conn, greeting)
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		answer := say(lines.Text())
		if answer == "close" {
			return
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
	}
}
