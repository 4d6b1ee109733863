package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/client"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

// What a slow source gives is on its way before a buffer is full.
func TestContentIsSentAsItComes(t *testing.T) {
	arrived := make(chan struct{})
	say := accepting(answers{"first": "", "second": "", "third": ""})
	addr := talking(t, "220 mx.example\r\n", func(line string) string {
		if line == "first" {
			close(arrived)
		}
		return say.to(line)
	})
	source, sink := io.Pipe()
	go func() {
		io.WriteString(sink, "first\r\n")
		time.Sleep(150 * time.Millisecond)
		io.WriteString(sink, "second\r\n")
		select {
		case <-arrived:
			io.WriteString(sink, "third\r\n")
			sink.Close()
		case <-time.After(20 * time.Second):
			sink.CloseWithError(errors.New("the first line has not been sent"))
		}
	}()
	accepted(t, dial(t, addr, nil), source)
}

// trickle gives a line every other millisecond, for ever.
type trickle struct{}

func (trickle) Read(p []byte) (int, error) {
	time.Sleep(2 * time.Millisecond)
	return copy(p, "x\r\n"), nil
}

func TestContextEndsAContentThatTrickles(t *testing.T) {
	c := dial(t, serve(t, &server.Server{Backend: newBox()}), nil)
	ctx, cancel := context.WithTimeout(background, 100*time.Millisecond)
	defer cancel()
	outcomes, err := c.Send(ctx, &client.Envelope{To: client.To("b@mx.example")}, trickle{})
	if !errors.Is(err, context.DeadlineExceeded) || len(outcomes) != 1 || outcomes[0].Verdict != ehlo.VerdictRetry {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

type nothing struct{}

func (nothing) Read([]byte) (int, error) { return 0, nil }

func TestContentThatNeverComes(t *testing.T) {
	c := dial(t, serve(t, &server.Server{Backend: newBox()}), nil)
	if _, err := deliver(c, nothing{}); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

func TestContentInSmallPieces(t *testing.T) {
	b := newBox()
	content := strings.Repeat("one\r\n.two\r\n", 100)
	for _, chunking := range []bool{false, true} {
		c := dial(t, serve(t, &server.Server{Backend: b}), &client.Options{Chunking: chunking})
		accepted(t, c, iotest.OneByteReader(strings.NewReader(content)))
		if got := b.Last(t).Body; got != content {
			t.Errorf("chunking %v: %d octets", chunking, len(got))
		}
	}
}

func TestEnvelopesThatCannotBeSent(t *testing.T) {
	b := newBox()
	c := dial(t, serve(t, &server.Server{Backend: b}), nil)
	for _, one := range []struct {
		from string
		to   []client.Recipient
		want string
	}{
		{"", nil, "an envelope with 0 recipients"},
		{"a@b.example\n", client.To("b@mx.example"), "the sender <a@b.example\n>"},
		{"", client.To("b@mx.example", "a@b.example>\r\nRCPT TO:<evil@x.example"), "the recipient <a@b.example>"},
	} {
		_, err := c.Send(background, &client.Envelope{From: one.from, To: one.to}, nil)
		if !errors.Is(err, ehlo.ErrArgument) || !strings.Contains(err.Error(), one.want) {
			t.Error(err)
		}
	}
	accepted(t, c, nil)
	if got := b.Last(t).Body; got != "" {
		t.Errorf("without a reader %q is sent", got)
	}
}

// A pipe has no room at all: whoever writes waits for a reader. A server that answers each recipient stops reading while
// nobody takes its replies in.
func TestManyRecipientsThroughSmallWindows(t *testing.T) {
	const many = 1000
	near, far := net.Pipe()
	recipients := 0
	say := accepting(answers{"EHLO": "250-mx.example\r\n250 PIPELINING\r\n", "hi": ""})
	go converse(far, "220 mx.example\r\n", func(line string) string {
		if strings.HasPrefix(line, "RCPT") {
			recipients++
		}
		if line == "." {
			return fmt.Sprintf("250 for %d\r\n", recipients)
		}
		return say.to(line)
	})
	ctx, cancel := context.WithTimeout(background, 60*time.Second)
	defer cancel()
	c, err := client.New(ctx, near, nil)
	check(t, err)
	defer c.Close()
	envelope := &client.Envelope{}
	for i := range many {
		envelope.To = append(envelope.To, client.Recipient{Address: fmt.Sprintf("%d@mx.example", i)})
	}
	outcomes, err := c.Send(ctx, envelope, strings.NewReader("hi\r\n"))
	if err != nil || client.Failed(outcomes) != nil || outcomes[many-1].Text != fmt.Sprintf("for %d", many) {
		t.Errorf("%v", err)
	}
}

// withLength is a reader that knows how much it has left, and nothing else.
type withLength struct {
	io.Reader
	octets int
}

func (w withLength) Len() int { return w.octets }

// sources are readers of "Subject: x\r\n\r\n" and the content.
func sources(t *testing.T, content string) map[string]io.Reader {
	t.Helper()
	name := filepath.Join(t.TempDir(), "content")
	check(t, os.WriteFile(name, []byte("skipped"+content), 0o600))
	file, err := os.Open(name)
	check(t, err)
	t.Cleanup(func() { file.Close() })
	all := map[string]io.Reader{"bytes.Reader": bytes.NewReader([]byte("skipped" + content)),
		"strings.Reader": strings.NewReader("skipped" + content), "bytes.Buffer": bytes.NewBufferString("skipped" + content),
		"os.File": file, "io.SectionReader": io.NewSectionReader(strings.NewReader("skipped"+content), 0, int64(7+len(content)))}
	for _, source := range all {
		if _, err := io.ReadFull(source, make([]byte, 7)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestSIZEIsTheLengthOfWhatIsLeftOfTheContent(t *testing.T) {
	b := newBox()
	c := dial(t, serve(t, &server.Server{Backend: b, MaxMessageBytes: 100000}), nil)
	all := sources(t, "hello\r\n")
	all["a length"] = withLength{strings.NewReader("hello\r\n"), 7}
	all["a stream"] = stream{strings.NewReader("hello\r\n")}
	for name, source := range all {
		want := uint64(7)
		if name == "a stream" {
			want = 0
		}
		accepted(t, c, source)
		if got := b.Last(t); got.Opts.Size != want || got.Body != "hello\r\n" {
			t.Errorf("%s: SIZE=%d, %q", name, got.Opts.Size, got.Body)
		}
	}
	c.Send(background, &client.Envelope{Size: 100, To: client.To("b@mx.example")}, strings.NewReader("hello\r\n"))
	if size := b.Last(t).Opts.Size; size != 100 {
		t.Errorf("the envelope says 100, not %d", size)
	}
	accepted(t, c, strings.NewReader("no end"))
	if got := b.Last(t); got.Opts.Size != 8 || got.Body != "no end\r\n" {
		t.Errorf("SIZE=%d for %q", got.Opts.Size, got.Body)
	}
	for name, source := range sources(t, strings.Repeat("0123456789\r\n", 10000)) {
		_, err := deliver(c, source)
		if !errors.Is(err, ehlo.ErrMessageTooLarge) || !strings.Contains(err.Error(), "120000 octets for a server that takes 100000") {
			t.Errorf("%s: %v", name, err)
		}
	}
	usable(t, c)
}

func TestContentAbove127IsNotSentWithout8BITMIME(t *testing.T) {
	const content = "Subject: x\r\n\r\nna\xc3\xafve\r\n"
	for _, offered := range []ehlo.Extensions{ehlo.ExtDefault, ehlo.ExtPIPELINING} {
		b := newBox()
		c := dial(t, serve(t, offering(b, offered)), nil)
		for name, source := range sources(t, content) {
			_, err := deliver(c, source)
			if offered == ehlo.ExtDefault && (err != nil || b.Last(t).Opts.Body != ehlo.Body8BITMIME || b.Last(t).Body != content) {
				t.Errorf("%s, offered: %v, %+v", name, err, b.Last(t))
			}
			var lacking *client.NotOfferedError
			if offered != ehlo.ExtDefault && (!errors.As(err, &lacking) || lacking.Extensions != ehlo.Ext8BITMIME ||
				err.Error() != "client: octet 16 of the content: client: the server does not offer 8BITMIME") {
				t.Errorf("%s: %v", name, err)
			}
		}
		usable(t, c)
		if offered == ehlo.ExtDefault {
			continue
		}
		ascii := strings.Repeat("only ASCII\r\n", 10000)
		accepted(t, c, stream{strings.NewReader(ascii)})
		if got := b.Last(t); got.Body != ascii || len(got.Opts.Params) != 0 {
			t.Errorf("ASCII: %+v, %d octets", got.Opts.Params, len(got.Body))
		}
		outcomes, err := deliver(c, stream{strings.NewReader(ascii + content)})
		if !errors.Is(err, ehlo.ErrNotOffered) || !strings.Contains(err.Error(), "octet 120016 of") || len(outcomes) != 1 ||
			outcomes[0].Verdict == ehlo.VerdictAccepted || len(b.Taken()) != 1 {
			t.Errorf("a stream: %+v, %v, %d arrived", outcomes, err, len(b.Taken()))
		}
	}
}

// What is known beforehand has the errors that the library finds in what comes piece by piece, under every policy, and the
// octets that arrive.
func TestContentIsCheckedAsTheLibraryChecksIt(t *testing.T) {
	b := newBox()
	addr := serve(t, &server.Server{Backend: b, Configure: func(o *ehlo.ServerOptions) { o.DataEndings = ehlo.EndingsAccept }})
	random := rand.New(rand.NewSource(1))
	for i := range 3 * 2 * 2 {
		options := &client.Options{Endings: ehlo.Endings(i % 3), Chunking: i/3%2 == 1, RefuseNUL: i/6 == 1}
		c := dial(t, addr, options)
		for range 150 {
			content := make([]byte, random.Intn(8))
			for i := range content {
				content[i] = "a.\r\n\r\n.\x00"[random.Intn(8)]
			}
			envelope := &client.Envelope{To: client.To("b@mx.example")}
			if random.Intn(8) == 0 {
				envelope.Body = ehlo.BodyBINARYMIME
			}
			_, known := c.Send(background, envelope, bytes.NewReader(content))
			refusedNUL := options.RefuseNUL && bytes.Contains(content, []byte{0}) && envelope.Body != ehlo.BodyBINARYMIME
			if (envelope.Body == ehlo.BodyBINARYMIME && known != nil) || (refusedNUL && known == nil) ||
				(!refusedNUL && errors.Is(known, ehlo.ErrNUL)) {
				t.Errorf("%+v: %q: %v", options, content, known)
			}
			if known == nil {
				if got := b.Last(t); got.Opts.Size != uint64(len(got.Body)) {
					t.Errorf("%+v: SIZE=%d for %q, sent as %q", options, got.Opts.Size, content, got.Body)
				}
			}
			_, found := c.Send(background, envelope, stream{bytes.NewReader(content)})
			if (known == nil) != (found == nil) || (known != nil && known.Error() != found.Error()) {
				t.Errorf("%+v: %q: %v, and in a stream: %v", options, content, known, found)
			}
			if found != nil {
				c.Close()
				c = dial(t, addr, options)
			}
		}
	}
}

func TestErrorsNameWhatIsNotOffered(t *testing.T) {
	own, trusting := mailtest.TLS(t)
	addr := serve(t, &server.Server{Backend: newBox(), TLSConfig: own, AuthMechanisms: []string{"PLAIN"}})
	_, err := client.Dial(background, "tcp", addr, &client.Options{TLSConfig: trusting, Auth: client.Login("user", "pass")})
	var lacking *client.NotOfferedError
	if !errors.As(err, &lacking) || lacking.Keyword != "LOGIN" || err.Error() != "client: the server does not offer LOGIN" {
		t.Errorf("a mechanism: %v", err)
	}
	c := dial(t, addr, &client.Options{TLSConfig: trusting})
	envelope := &client.Envelope{To: client.To("b@mx.example"), Params: []ehlo.ParamText{ehlo.Value("XOWN", "1")}}
	if _, err = c.Send(background, envelope, nil); !errors.As(err, &lacking) || err.Error() != "client: the server does not offer XOWN" {
		t.Errorf("a parameter: %v", err)
	}
	envelope.Params, envelope.To[0].Params = nil, []ehlo.ParamText{ehlo.Flag("XRCPT")}
	if _, err = c.Send(background, envelope, nil); !errors.As(err, &lacking) || lacking.Keyword != "XRCPT" {
		t.Errorf("a parameter of RCPT: %v", err)
	}
}

func TestOutcomesNameTheCommand(t *testing.T) {
	for _, one := range []struct {
		refused string // the line that is
		command ehlo.Verb
		scope   ehlo.Scope
		content bool
		want    string
	}{
		{"MAIL", ehlo.VerbMAIL, ehlo.ScopeMessage, false, "client: <b@mx.example> failed: MAIL: 554 5.7.1 no\nnever"},
		{"RCPT", ehlo.VerbRCPT, ehlo.ScopeRecipient, false, "client: <b@mx.example> failed: RCPT: 554 5.7.1 no\nnever"},
		{"DATA", ehlo.VerbDATA, ehlo.ScopeMessage, false, "client: <b@mx.example> failed: DATA: 554 5.7.1 no\nnever"},
		{".", ehlo.VerbDATA, ehlo.ScopeMessage, true, "client: <b@mx.example> failed: the content: 554 5.7.1 no\nnever"},
	} {
		say := accepting(answers{"": "250 2.0.0 ok\r\n", "EHLO": "250-mx.example\r\n250 ENHANCEDSTATUSCODES\r\n", "hi": ""})
		say[one.refused] = "554-5.7.1 no\r\n554 5.7.1 never\r\n"
		addr := script(t, "220 mx.example\r\n", say)
		outcomes, err := deliver(dial(t, addr, nil), strings.NewReader("hi\r\n"))
		if err != nil || len(outcomes) != 1 {
			t.Fatalf("%s: %+v, %v", one.refused, outcomes, err)
		}
		got := outcomes[0]
		if got.Verdict != ehlo.VerdictFailed || got.Scope != one.scope || got.Command != one.command ||
			got.Content != one.content || got.Text != "no\nnever" || got.Error() != one.want {
			t.Errorf("%s: %+v, %v", one.refused, got, &got)
		}
	}
}
