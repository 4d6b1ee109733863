package server_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/smtp"
	"strings"

	"github.com/libehlo/libehlo/bindings/go/server"
)

// mailbox takes mail for the users of example.org.
type mailbox struct{}

func (mailbox) NewSession(ctx context.Context, c *server.Conn) (server.Session, error) {
	return &delivery{}, nil
}

type delivery struct{ to []string }

func (d *delivery) Mail(ctx context.Context, from string, opts *server.MailOptions) error {
	return nil
}

func (d *delivery) Rcpt(ctx context.Context, to string, opts *server.RcptOptions) error {
	if !strings.HasSuffix(to, "@example.org") {
		return server.Refuse(550, 5, 7, 1, "not a domain of ours")
	}
	d.to = append(d.to, to)
	return nil
}

func (d *delivery) Data(ctx context.Context, r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	fmt.Printf("%d octets for %v\n", len(content), d.to)
	return server.OK("queued as 4711")
}

func (d *delivery) Reset()        { d.to = nil }
func (d *delivery) Logout() error { return nil }

func Example() {
	s := &server.Server{Backend: mailbox{}, Hostname: "mx.example.org", Log: slog.Default()}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go s.Serve(listener)
	defer s.Close()

	message := []byte("Subject: hello\r\n\r\nworld\r\n")
	err = smtp.SendMail(listener.Addr().String(), nil, "me@example.com", []string{"you@example.org"}, message)
	fmt.Println(err)
	err = smtp.SendMail(listener.Addr().String(), nil, "me@example.com", []string{"you@example.net"}, message)
	fmt.Println(strings.ReplaceAll(err.Error(), `"`, "")) // newer versions of net/smtp quote what the server says
	// Output:
	// 25 octets for [you@example.org]
	// <nil>
	// 550 5.7.1 not a domain of ours
}
