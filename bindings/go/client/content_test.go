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
	c := dial(t, addr, nil)
	outcomes, err := c.Send(background, &client.Envelope{To: client.To("b@mx.example")}, source)
	if err != nil || client.Failed(outcomes) != nil {
		t.Errorf("%+v, %v", outcomes, err)
	}
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
	if _, err := c.Send(background, &client.Envelope{To: client.To("b@mx.example")}, nothing{}); !errors.Is(err, io.ErrNoProgress) {
		t.Error(err)
	}
}

func TestContentInSmallPieces(t *testing.T) {
	b := newBox()
	content := strings.Repeat("one\r\n.two\r\n", 100)
	for _, chunking := range []bool{false, true} {
		c := dial(t, serve(t, &server.Server{Backend: b}), &client.Options{Chunking: chunking})
		source := iotest.OneByteReader(strings.NewReader(content))
		outcomes, err := c.Send(background, &client.Envelope{To: client.To("b@mx.example")}, source)
		if err != nil || client.Failed(outcomes) != nil || b.Last(t).Body != content {
			t.Errorf("chunking %v: %+v, %v, %d octets", chunking, outcomes, err, len(b.Last(t).Body))
		}
	}
}

// The position counts from the first octet of the content, not of what was read last.
func TestPositionOfABareLF(t *testing.T) {
	c := dial(t, serve(t, &server.Server{Backend: newBox()}), nil)
	content := strings.Repeat("seven\r\n", 10000) + "a\nb\r\n"
	for _, source := range []io.Reader{strings.NewReader(content), stream{strings.NewReader(content)}} {
		_, err := c.Send(background, &client.Envelope{To: client.To("b@mx.example")}, source)
		if !errors.Is(err, ehlo.ErrBareLF) || !strings.Contains(err.Error(), "octet 70001 of") {
			t.Error(err)
		}
	}
}

func TestEnvelopeThatCannotBeSent(t *testing.T) {
	c := dial(t, serve(t, &server.Server{Backend: newBox()}), nil)
	_, err := c.Send(background, &client.Envelope{}, nil)
	if !errors.Is(err, ehlo.ErrArgument) || !strings.Contains(err.Error(), "an envelope with 0 recipients") {
		t.Error(err)
	}
	if outcomes, err := c.Send(background, &client.Envelope{To: client.To("b@mx.example")}, nil); err != nil || client.Failed(outcomes) != nil {
		t.Errorf("the next one: %+v, %v", outcomes, err)
	}
}

func TestBodyIsDeclaredWhereItCanBe(t *testing.T) {
	for _, one := range []struct {
		missing ehlo.Extensions
		params  string
	}{{0, "SIZE=4 BODY=8BITMIME "}, {ehlo.Ext8BITMIME | ehlo.ExtSMTPUTF8, "SIZE=4 "}, {ehlo.ExtSIZE, "BODY=8BITMIME "}} {
		b := newBox()
		s := &server.Server{Backend: b, Configure: func(o *ehlo.ServerOptions) { o.Extensions &^= one.missing }}
		c := dial(t, serve(t, s), nil)
		if _, err := c.Send(background, &client.Envelope{To: client.To("b@mx.example")}, strings.NewReader("hi\r\n")); err != nil {
			t.Fatal(err)
		}
		params := ""
		for _, param := range b.Last(t).Opts.Params {
			params += param.Keyword + "=" + param.Value + " "
		}
		if params != one.params {
			t.Errorf("MAIL has %q, not %q", params, one.params)
		}
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
