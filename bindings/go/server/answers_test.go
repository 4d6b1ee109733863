package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
	r := &recorder{OnSession: func(ctx context.Context, c *server.Conn) error {
		if server.FromContext(ctx) != c {
			return errors.New("another connection in the context")
		}
		return server.Refuse(554, 5, 7, 1, "not you")
	}}
	p := dial(t, start(t, &server.Server{Backend: r}))
	p.expect("554")
	p.talk("QUIT\r\n", "221")
	p.expectEnd()

	facts := make(chan ehlo.Facts, 1)
	r = &recorder{Wrap: func(s *recording) server.Session { return greeting{s, facts} }}
	addr := start(t, &server.Server{Backend: r, GreetingDelay: 200 * time.Millisecond})
	early := dial(t, addr)
	early.talk("EHLO client.example\r\n", "554 no early talkers")
	if <-facts&ehlo.FactEarlyTalker == 0 {
		t.Error("an early talker is not named")
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
				Flags: ehlo.CommandSMTP}}}
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

// typedNil is a nil that is no nil error.
func typedNil() error {
	var reply *server.Reply
	return reply
}

// mistakes are errors that might be taken for a yes.
var mistakes = map[string]error{
	"a nil *Reply":                             typedNil(),
	"a nil *Reply within another error":        fmt.Errorf("here: %w", typedNil()),
	"no code":                                  &server.Reply{},
	"no code, but a text":                      &server.Reply{Text: "250 ok"},
	"a code of one digit":                      &server.Reply{Code: 2, Text: "ok"},
	"a code of four digits":                    &server.Reply{Code: 2500, Text: "ok"},
	"a code of class 1":                        &server.Reply{Code: 150, Text: "ok"},
	"a code of class 3":                        &server.Reply{Code: 354, Text: "go"},
	"an acceptance within another error":       fmt.Errorf("the next hop: %w", server.OK("queued")),
	"an acceptance joined with an error":       errors.Join(server.OK("queued"), errors.New("no space left")),
	"a text that begins with a code":           server.OK("550 no such user"),
	"a text that begins with a code and line":  server.OK("450-later\nmuch later"),
	"a text that is a code":                    server.OK("554"),
	"a text that begins with blanks":           server.OK(" 550 no such user"),
	"a text that begins with an enhanced code": server.OK("5.1.1 no such user"),
	"an enhanced code of a refusal":            &server.Reply{Code: 250, Enhanced: ehlo.EnhancedCode(5, 1, 1), Text: "ok"},
	"an error of the library that is none":     ehlo.Error(0),
	"an error that is no reply":                errors.New("250 ok"),
	"the end of the content":                   io.EOF,
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestNoMistakeOfAHookAccepts(t *testing.T) {
	for name, mistake := range mistakes {
		r, log := &recorder{}, &lines{}
		r.OnMail = func(_ context.Context, from string) error {
			if from == "" {
				return mistake
			}
			return nil
		}
		r.OnRcpt = func(_ context.Context, to string) error {
			if to == "no@mx.example" {
				return mistake
			}
			return nil
		}
		r.OnData = func(_ context.Context, body io.Reader) error {
			io.Copy(io.Discard, body)
			return mistake
		}
		p := open(t, start(t, &server.Server{Backend: r, Log: slog.New(slog.NewTextHandler(log, nil))}))
		p.talk("MAIL FROM:<>\r\n", "451")
		p.talk(transaction+"RCPT TO:<no@mx.example>\r\nDATA\r\n", "250", "250", "451", "354")
		p.talk("x\r\n.\r\n", "451")
		p.talk("QUIT\r\n", "221")
		if !log.has("level=ERROR") {
			t.Errorf("%s is silent", name)
		}
	}
}

func TestNoSessionIsARefusal(t *testing.T) {
	for name, backend := range map[string]server.Backend{
		"nothing": server.BackendFunc(func(context.Context, *server.Conn) (server.Session, error) { return nil, nil }),
		"a nil pointer": server.BackendFunc(func(context.Context, *server.Conn) (server.Session, error) {
			var none *recording
			return none, nil
		}),
		"a nil *Reply beside a session": server.BackendFunc(func(context.Context, *server.Conn) (server.Session, error) {
			return &recording{Box: &recorder{}}, typedNil()
		}),
		"an acceptance beside a session": server.BackendFunc(func(context.Context, *server.Conn) (server.Session, error) {
			return &recording{Box: &recorder{}}, server.OK("welcome")
		}),
	} {
		t.Run(name, func(t *testing.T) {
			dial(t, start(t, &server.Server{Backend: backend, Log: quiet()})).expect("421")
		})
	}
	var none server.BackendFunc
	if err := (&server.Server{Backend: none}).ListenAndServe(); !errors.Is(err, ehlo.ErrArgument) {
		t.Errorf("a nil function as a backend: %v", err)
	}
}

type miscounting struct {
	*recording
	answers []error
}

func (m miscounting) RcptBatch(context.Context, []server.Recipient) []error { return m.answers }

func TestAnswersForOtherRecipientsCountForNone(t *testing.T) {
	for _, answers := range [][]error{nil, {nil}, {nil, nil, nil}} {
		r := &recorder{Wrap: func(s *recording) server.Session { return miscounting{s, answers} }}
		p := open(t, start(t, &server.Server{Backend: r, Log: quiet()}))
		p.talk(transaction+"RCPT TO:<c@mx.example>\r\n", "250", "451", "451")
	}
}

// A row of a verb does not say that somebody serves it.
func TestAVerbThatNobodyServesIsRefused(t *testing.T) {
	s := &server.Server{Backend: &recorder{}, Configure: func(o *ehlo.ServerOptions) {
		flags := ehlo.CommandSMTP | ehlo.CommandOptional
		o.Rows = &ehlo.Rows{Verbs: []ehlo.VerbRow{{Name: "XCLIENT", Flags: flags, Argument: ehlo.ArgumentText},
			{Name: "XNO", Flags: flags, NoCode: 458, NoText: "not now"}}}
		o.UnknownVerbs = ehlo.UnknownOffer
	}}
	p := open(t, start(t, s))
	p.talk("XCLIENT LOGIN=root\r\n", "502 5.5.1")
	p.talk("XNO\r\n", "458 4.0.0 not now")
	p.talk("XOTHER\r\n", "500 5.5.1")
}
