package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

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
	p.talk("XOTHER\r\n", "502 5.5.1")
}
