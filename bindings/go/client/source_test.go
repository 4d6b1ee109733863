package client_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/client"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

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
	if err := os.WriteFile(name, []byte("skipped"+content), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
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
	for i := range 3 * 2 * 2 * 2 {
		options := &client.Options{Endings: ehlo.Endings(i % 3), Chunking: i/3%2 == 1, RefuseNUL: i/6%2 == 1}
		body := ehlo.Body7BIT
		if i/12 == 1 {
			body = ehlo.BodyBINARYMIME
		}
		c := dial(t, addr, options)
		for range 150 {
			content := make([]byte, random.Intn(8))
			for i := range content {
				content[i] = "a.\r\n\r\n.\x00"[random.Intn(8)]
			}
			envelope := &client.Envelope{Body: body, To: client.To("b@mx.example")}
			_, known := c.Send(background, envelope, bytes.NewReader(content))
			if body == ehlo.BodyBINARYMIME && known != nil {
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
		content bool
		want    string
	}{
		{"MAIL", ehlo.VerbMAIL, false, "client: <b@mx.example> failed: MAIL: 554 5.7.1 no"},
		{"RCPT", ehlo.VerbRCPT, false, "client: <b@mx.example> failed: RCPT: 554 5.7.1 no"},
		{"DATA", ehlo.VerbDATA, false, "client: <b@mx.example> failed: DATA: 554 5.7.1 no"},
		{".", ehlo.VerbDATA, true, "client: <b@mx.example> failed: the content: 554 5.7.1 no"},
	} {
		say := accepting(answers{"": "250 2.0.0 ok\r\n", "EHLO": "250-mx.example\r\n250 ENHANCEDSTATUSCODES\r\n", "hi": ""})
		say[one.refused] = "554 5.7.1 no\r\n"
		addr := script(t, "220 mx.example\r\n", say)
		outcomes, err := deliver(dial(t, addr, nil), strings.NewReader("hi\r\n"))
		if err != nil || len(outcomes) != 1 {
			t.Fatalf("%s: %+v, %v", one.refused, outcomes, err)
		}
		got := outcomes[0]
		if got.Command != one.command || got.Content != one.content || got.Text != "no" || got.Error() != one.want {
			t.Errorf("%s: %+v, %v", one.refused, got, &got)
		}
	}
}
