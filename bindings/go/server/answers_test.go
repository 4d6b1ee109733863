package server_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

// Whatever a refusal is within, it refuses; what is an error of somebody else is no reply of ours.
func TestWhatAHookGivesIsTheAnswer(t *testing.T) {
	const failed = "451 4.3.0 Requested action aborted: local error in processing"
	var given error
	r := &recorder{OnRcpt: func(context.Context, string) error { return given }}
	p := open(t, start(t, &server.Server{Backend: r, Log: quiet()}))
	p.talk("MAIL FROM:<a@client.example>\r\n", "250 2.1.0")
	for _, one := range []struct {
		given error
		want  string
	}{
		{server.Refuse(550, 5, 7, 1, "no\r\nbounces\x01"), "550-5.7.1 no\n550 5.7.1 bounces?"},
		{fmt.Errorf("looked up: %w", server.Refuse(550, 5, 1, 1, "no")), "550 5.1.1 no"},
		{server.Refuse(550, 2, 1, 5, "no"), "550 5.0.0 no"},
		{server.Refuse(450, 4, 2, 0, "250 later"), "450 4.2.0 250 later"},
		{ehlo.ErrTooManyRecipients, "452 4.5.3 " + ehlo.ErrTooManyRecipients.Info().Text},
		{errors.New("the database is down"), failed},
		{fmt.Errorf("the next hop: %w", ehlo.ErrAuthRequired), failed},
		{ehlo.ErrTimeout, failed},
		{&server.Reply{Code: 251, Text: "forwarded"}, "251 2.1.5 forwarded"},
		{server.OK("queued as 550"), "250 2.1.5 queued as 550"},
		{server.OK("2.1.0 fine"), "250 2.1.5 2.1.0 fine"},
		{server.OK("250 messages are waiting"), "250 2.1.5 250 messages are waiting"},
		{server.OK("5500 octets"), "250 2.1.5 5500 octets"},
		{server.OK("5.1 surround"), "250 2.1.5 5.1 surround"},
		{server.OK("601 go"), "250 2.1.5 601 go"},
	} {
		given = one.given
		if got := p.talk("RCPT TO:<b@mx.example>\r\n", one.want[:3]); got != one.want {
			t.Errorf("%v: %q, not %q", one.given, got, one.want)
		}
	}
}

func TestAnswersThatAreTooLong(t *testing.T) {
	long := strings.Repeat("0123456789 ", 500) // more than the session keeps texts for
	r := &recorder{OnRcpt: func(_ context.Context, to string) error {
		switch to {
		case "long@mx.example":
			return server.Refuse(550, 5, 1, 1, long)
		case "less@mx.example":
			return server.Refuse(550, 5, 1, 1, long[:3000])
		case "yes@mx.example":
			return server.OK(long)
		}
		return nil
	}}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk("MAIL FROM:<a@client.example>\r\n", "250")
	p.talk("RCPT TO:<long@mx.example>\r\n", "451")
	p.talk("RCPT TO:<yes@mx.example>\r\n", "250 2.1.5 Recipient ok")
	less := "RCPT TO:<less@mx.example>\r\n"
	if got := p.talk(less+less+less, "550", "550", "550"); len(got) < 3000 {
		t.Errorf("%d octets", len(got))
	}
	p.talk("RCPT TO:<b@mx.example>\r\n", "250")
}

func TestGreetingControl(t *testing.T) {
	r := &recorder{}
	r.OnSession = func(ctx context.Context, c *server.Conn) error {
		if server.FromContext(ctx) != c {
			return errors.New("another connection in the context")
		}
		return server.Refuse(554, 5, 7, 1, "not you")
	}
	p := dial(t, start(t, &server.Server{Backend: r}))
	p.expect("554")
	p.talk("EHLO client.example\r\n", "5")
	p.talk("MAIL FROM:<a@client.example>\r\n", "5")
	p.talk("QUIT\r\n", "221")
	p.expectEnd()

	facts := make(chan ehlo.Facts, 1)
	r = &recorder{Wrap: func(s *recording) server.Session { return greeting{s, facts} }}
	addr := start(t, &server.Server{Backend: r, GreetingDelay: 200 * time.Millisecond})
	early := dial(t, addr)
	early.talk("EHLO client.example\r\n", "554 no early talkers")
	if <-facts&ehlo.FactEarlyTalker == 0 {
		t.Error("an early talker is not told")
	}
	polite := dial(t, addr)
	if reply := polite.expect("220"); reply != "220-mx.example ESMTP\n220 no mail that nobody asked for" {
		t.Errorf("%q", reply)
	}
	if <-facts&ehlo.FactEarlyTalker != 0 {
		t.Error("a polite client is called an early talker")
	}
	polite.talk("EHLO client.example\r\n", "250")
}

type greeting struct {
	*recording
	facts chan ehlo.Facts
}

func (g greeting) Greet(context.Context) error {
	g.facts <- g.Conn.Facts()
	if g.Conn.Facts()&ehlo.FactEarlyTalker != 0 {
		return &server.Reply{Code: 554, Text: "no early talkers"}
	}
	return server.OK("ESMTP\nno mail that nobody asked for")
}

type commanding struct {
	*recording
	seen *[]server.Observation
}

func (c commanding) Command(_ context.Context, verb, args string) error {
	return server.OK(verb + " with " + args)
}

func (c commanding) Hello(_ context.Context, verb ehlo.Verb, host string) error {
	if host == "bad.example" {
		return server.Refuse(550, 5, 7, 1, "not under this name")
	}
	return nil
}

func (c commanding) Verify(_ context.Context, verb ehlo.Verb, text string, _ bool) error {
	return server.OK(verb.String() + " " + text)
}

func (c commanding) Observe(_ context.Context, seen server.Observation) {
	*c.seen = append(*c.seen, seen)
}

func TestOwnVerbsAndHooks(t *testing.T) {
	var seen []server.Observation
	r := &recorder{Wrap: func(s *recording) server.Session { return commanding{s, &seen} }}
	s := &server.Server{Backend: r, Configure: func(o *ehlo.ServerOptions) {
		o.Extensions |= ehlo.ExtVRFY
		o.CommandAsks = append(o.CommandAsks, ehlo.VerbNOOP)
		o.Rows = &ehlo.Rows{Extensions: []ehlo.ExtensionRow{{Keyword: "XCLIENT", Arguments: "NAME ADDR"}},
			Verbs: []ehlo.VerbRow{{Name: "XCLIENT", Extensions: "XCLIENT", Argument: ehlo.ArgumentAttributes,
				Flags: ehlo.CommandSMTP | ehlo.CommandAnnounced}}}
	}}
	p := dial(t, start(t, s))
	p.expect("220")
	p.talk("EHLO bad.example\r\n", "550")
	if hello := p.talk("EHLO client.example\r\n", "250"); !strings.Contains(hello, "XCLIENT NAME ADDR") {
		t.Errorf("%q", hello)
	}
	p.talk("XCLIENT NAME=a\r\n", "250 2.0.0 XCLIENT with NAME=a")
	p.talk("VRFY bob\r\n", "250 2.0.0 VRFY bob")
	p.talk("noop  a b\r\n", "250 2.0.0 noop with  a b")
	p.talk("NONSENSE\r\n", "500")
	p.talk("QUIT\r\n", "221")
	p.expectEnd()
	if len(seen) != 1 || seen[0].Event != ehlo.ServerEventRejected || seen[0].Err != ehlo.ErrUnknownCommand || seen[0].Code != 500 {
		t.Errorf("%+v", seen)
	}
}
