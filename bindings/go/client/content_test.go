package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/client"
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

// The position counts from the first octet of the content, not of what was read last.
func TestPositionOfABareLF(t *testing.T) {
	c := dial(t, serve(t, &server.Server{Backend: newBox()}), nil)
	content := strings.Repeat("seven\r\n", 10000) + "a\nb\r\n"
	for _, source := range []io.Reader{strings.NewReader(content), stream{strings.NewReader(content)}} {
		_, err := deliver(c, source)
		if !errors.Is(err, ehlo.ErrBareLF) || !strings.Contains(err.Error(), "octet 70001 of") {
			t.Error(err)
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
	if err != nil {
		t.Fatal(err)
	}
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
