package client_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/client"
	"github.com/libehlo/libehlo/bindings/go/server"
)

func send(addr string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := client.Dial(ctx, "tcp", addr, &client.Options{Hostname: "client.example"})
	if err != nil {
		return err
	}
	defer c.Close()
	outcomes, err := c.Send(ctx, &client.Envelope{
		From: "me@client.example",
		To: []client.Recipient{
			{Address: "you@example.org", Notify: ehlo.NotifyFAILURE | ehlo.NotifyDELAY},
			{Address: "nobody@example.org"},
		},
	}, strings.NewReader("Subject: hello\r\n\r\nworld\r\n"))
	if err != nil {
		return err
	}
	for _, outcome := range outcomes {
		fmt.Println(outcome.Recipient, outcome.Verdict, outcome.Code, outcome.Text)
	}
	return c.Quit(ctx)
}

func sendOne(ctx context.Context, addr string) error {
	c, err := client.Dial(ctx, "tcp", addr, &client.Options{Hostname: "client.example"})
	if err != nil {
		return err
	}
	defer c.Close()
	outcomes, err := c.Send(ctx, &client.Envelope{
		From: "me@client.example",
		To:   []client.Recipient{{Address: "you@example.org"}},
	}, strings.NewReader("Subject: hello\r\n\r\nworld\r\n"))
	for _, outcome := range outcomes {
		fmt.Println(outcome.Recipient, outcome.Verdict, outcome.Code, outcome.Text)
	}
	return err
}

// exampleServer is what serve is for tests: an example has no testing.TB. close ends it.
func exampleServer() (addr string, close func() error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	s := &server.Server{Backend: newBox()}
	go s.Serve(listener)
	return listener.Addr().String(), s.Close
}

func Example() {
	addr, close := exampleServer()
	defer close()
	fmt.Println(send(addr))
	// Output:
	// you@example.org accepted 250 queued
	// nobody@example.org failed 550 no such user
	// <nil>
}

func ExampleDial() {
	addr, close := exampleServer()
	defer close()
	fmt.Println(sendOne(context.Background(), addr))
	// Output:
	// you@example.org accepted 250 queued
	// <nil>
}
