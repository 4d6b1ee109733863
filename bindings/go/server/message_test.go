package server_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

const transaction = "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\n"

func open(t *testing.T, addr string) *peer {
	t.Helper()
	return dial(t, addr).hello()
}

func TestMessageArrivesAsItWasSent(t *testing.T) {
	r, copied := &recorder{}, ""
	r.OnData = func(_ context.Context, body io.Reader) error { // by a Read, and by WriteTo for the rest
		first, rest := make([]byte, 3), &strings.Builder{}
		_, err := io.ReadFull(body, first)
		_, errOfRest := io.Copy(rest, body)
		copied = string(first) + rest.String()
		return errors.Join(err, errOfRest)
	}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.talk("Subject: hi\r\n\r\n..dot\x00\r\n.\r\n", "250 2.0.0")
	p.talk("QUIT\r\n", "221")
	p.expectEnd()
	if copied != "Subject: hi\r\n\r\n.dot\x00\r\n" {
		t.Errorf("%q", copied)
	}
	ended(t, r, 1, 1, 1)
}

func TestParametersAreGiven(t *testing.T) {
	r := &recorder{}
	s := &server.Server{Backend: r, Configure: func(o *ehlo.ServerOptions) {
		o.Rows = &ehlo.Rows{Params: []ehlo.ParamRow{{Keyword: "XOWN", Commands: ehlo.ParamOfMAIL | ehlo.ParamOfRCPT,
			Value: ehlo.ValueOptional}}}
	}}
	p := open(t, start(t, s))
	p.talk("MAIL FROM:<a@client.example> SIZE=5 BODY=8BITMIME RET=HDRS ENVID=a+2Bb XOWN=1 SMTPUTF8\r\n"+
		"RCPT TO:<@relay.example:b@mx.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2By@z.example xown\r\nDATA\r\n",
		"250", "250", "354")
	p.talk("x\r\n.\r\n", "250")
	got := r.Received()[0]
	opts, rcpt := got.Opts, got.RcptOpts[0]
	if opts.Size != 5 || opts.Body != ehlo.Body8BITMIME || opts.Return != ehlo.ReturnHDRS || opts.EnvelopeID != "a+b" ||
		!opts.UTF8 || opts.Auth != nil || len(opts.Params) != 6 {
		t.Errorf("MAIL: %+v", opts)
	}
	if own := opts.Params[4]; own.Keyword != "XOWN" || own.Value != "1" || own.ID != ehlo.ParamOwn {
		t.Errorf("XOWN: %+v", own)
	}
	if rcpt.Notify != ehlo.NotifySUCCESS|ehlo.NotifyDELAY || rcpt.OriginalRecipientType != "rfc822" ||
		rcpt.OriginalRecipient != "x+y@z.example" || rcpt.Params[2] != (server.Param{ID: ehlo.ParamOwn, Keyword: "xown"}) {
		t.Errorf("RCPT: %+v", rcpt)
	}
	if got.To[0] != "b@mx.example" {
		t.Errorf("to %q", got.To)
	}
}

type deciding struct {
	*recording
	calls *[][]string
}

func (d deciding) RcptBatch(_ context.Context, recipients []server.Recipient) (answers []error) {
	var names []string
	for _, one := range recipients {
		names = append(names, one.To)
		var err error
		if strings.HasPrefix(one.To, "no") {
			err = server.Refuse(550, 5, 1, 1, "unknown: "+one.To)
		} else {
			d.Current.To = append(d.Current.To, one.To)
		}
		answers = append(answers, err)
	}
	*d.calls = append(*d.calls, names)
	return answers
}

func TestSeveralRecipientsAreDecidedAtOnce(t *testing.T) {
	var calls [][]string
	r := &recorder{Wrap: func(s *recording) server.Session { return deciding{s, &calls} }}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nRCPT TO:<no1@mx.example>\r\n"+
		"RCPT TO:<c@mx.example>\r\nDATA\r\n", "250", "250", "550 5.1.1 unknown: no1@mx.example", "250", "354")
	p.talk("x\r\n.\r\n", "250")
	p.talk("MAIL FROM:<a@client.example>\r\n", "250")
	p.talk("RCPT TO:<d@mx.example>\r\n", "250")
	p.talk("RCPT TO:<no2@mx.example>\r\n", "550")
	p.talk("DATA\r\n", "354")
	p.talk("y\r\n.\r\n", "250")
	want := [][]string{{"b@mx.example", "no1@mx.example", "c@mx.example"}, {"d@mx.example"}, {"no2@mx.example"}}
	if !slices.EqualFunc(calls, want, slices.Equal) {
		t.Errorf("%q", calls)
	}
	mails := r.Received()
	if len(mails) != 2 || !slices.Equal(mails[0].To, []string{"b@mx.example", "c@mx.example"}) ||
		!slices.Equal(mails[1].To, []string{"d@mx.example"}) {
		t.Errorf("%+v", mails)
	}
}

// More than the window and the batch hold, in one segment.
func TestManyRecipientsInOneSegment(t *testing.T) {
	var calls [][]string
	r := &recorder{Wrap: func(s *recording) server.Session { return deciding{s, &calls} }}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.to(200)
	p.talk("x\r\n.\r\n", "250")
	total := 0
	for _, names := range calls {
		total += len(names)
	}
	if mails := r.Received(); total != 200 || len(calls) > 20 || len(mails[0].To) != 200 {
		t.Errorf("%d recipients in %d calls, %d kept", total, len(calls), len(mails[0].To))
	}
}

func TestChunksAreOneBody(t *testing.T) {
	r := &recorder{}
	p := open(t, start(t, &server.Server{Backend: r, RefuseNUL: true}))
	p.talk(transaction, "250", "250")
	p.talk("BDAT 5\r\nhel\r\n", "250")
	p.talk("NOOP\r\n", "250")
	p.talk("BDAT 5\r\n.\r\n\r\nBDAT 0 LAST\r\n", "250", "250")
	if mails := r.Received(); len(mails) != 1 || mails[0].Body != "hel\r\n.\r\n\r\n" {
		t.Errorf("%+v", mails)
	}
	for i, one := range []struct {
		chunks string
		codes  []string
		want   error
	}{
		{"BDAT 3\r\nabcRSET\r\n", []string{"250", "250"}, server.ErrAborted},
		{"BDAT 3 LAST\r\na\nb", []string{"550 5.6.0"}, ehlo.ErrBareLF},
		{"BDAT 2\r\na\rBDAT 1 LAST\r\nb", []string{"250", "550 5.6.0"}, ehlo.ErrBareCR},
		{"BDAT 3 LAST\r\na\x00b", []string{"550 5.6.0"}, ehlo.ErrNUL},
	} {
		p.talk(transaction, "250", "250")
		p.talk(one.chunks, one.codes...)
		mails := r.Received()
		if len(mails) != i+2 || !errors.Is(mails[i+1].Err, server.ErrAborted) || !errors.Is(mails[i+1].Err, one.want) {
			t.Errorf("%q: %+v", one.chunks, mails)
		}
	}
	p.talk(transaction+"BDAT 1 LAST\r\nz", "250", "250", "250")
	ended(t, r, 1, 6, 0)
}

func TestRefusalBeforeTheEndSkipsTheRest(t *testing.T) {
	r := &recorder{OnData: func(_ context.Context, body io.Reader) error {
		if _, err := io.ReadFull(body, make([]byte, 10)); err != nil {
			return err
		}
		return server.Refuse(554, 5, 7, 1, "spam")
	}}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.talk(strings.Repeat("0123456789\r\n", 100000)+".\r\nNOOP\r\n", "554 5.7.1 spam", "250")
	r.OnData = func(context.Context, io.Reader) error { return nil } // reads nothing at all
	p.talk(transaction+"DATA\r\n", "250", "250", "354")
	p.talk(strings.Repeat("0123456789\r\n", 1000)+".\r\nNOOP\r\n", "250 2.0.0", "250")
}

// A reader that was kept reads nothing of the next message.
func TestAKeptReaderReadsNothing(t *testing.T) {
	r := &recorder{}
	var kept io.Reader
	said := make(chan error, 2)
	r.OnData = func(_ context.Context, body io.Reader) error {
		if kept != nil {
			_, err := kept.Read(make([]byte, 10))
			said <- err
		}
		kept = body
		_, err := io.Copy(io.Discard, body)
		return err
	}
	p := open(t, start(t, &server.Server{Backend: r}))
	for range 2 {
		p.talk(transaction+"DATA\r\n", "250", "250", "354")
		p.talk("x\r\n.\r\n", "250")
	}
	if err := <-said; err == nil {
		t.Error("the reader of the first message reads the second")
	}
}

// As with an upstream that answers early: somebody still reads when Data comes back.
func TestDataComesBackWhileTheBodyIsRead(t *testing.T) {
	r := &recorder{OnData: func(_ context.Context, body io.Reader) error {
		go io.Copy(io.Discard, body)
		time.Sleep(5 * time.Millisecond)
		return server.Refuse(554, 5, 6, 0, "enough")
	}}
	p := open(t, start(t, &server.Server{Backend: r}))
	for range 3 {
		p.talk(transaction+"DATA\r\n", "250", "250", "354")
		p.send("one\r\n")
		time.Sleep(20 * time.Millisecond)
		p.send(strings.Repeat("two\r\n", 20000))
		p.talk(".\r\n", "554 5.6.0 enough")
	}
	p.talk("NOOP\r\n", "250")
}
