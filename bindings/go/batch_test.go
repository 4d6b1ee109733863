package ehlo_test

import (
	"errors"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// driver is the smallest program around a server session, which has heard EHLO: one input buffer, answers given at once.
type driver struct {
	t       testing.TB
	session *ehlo.Server
	batch   *ehlo.ServerBatch
	out     []byte
	replies []byte
	seen    []ehlo.ServerEventType
	quiet   bool // keep nothing
}

func newDriver(t testing.TB, change func(*ehlo.ServerOptions)) *driver {
	t.Helper()
	o := ehlo.DefaultServerOptions()
	o.Hostname = "mx.example"
	if change != nil {
		change(&o)
	}
	config, err := ehlo.NewServerConfig(o)
	check(t, err)
	session := newServer(t, config)
	t.Cleanup(func() { session.Close(); config.Close() })
	d := &driver{t: t, session: session, batch: ehlo.NewServerBatch(0, 0), out: make([]byte, 4096)}
	d.feed(nil)
	d.feed([]byte("EHLO client.example\r\n"))
	return d
}

// advance shows an input once and gives what is to be sent.
func (d *driver) advance(input string, out []byte) string {
	d.t.Helper()
	check(d.t, d.session.Advance(d.batch, []byte(input), out))
	return string(out[:d.batch.Written])
}

func (d *driver) feed(input []byte) {
	for {
		check(d.t, d.session.Advance(d.batch, input, d.out))
		for i := range d.batch.Events {
			event := &d.batch.Events[i]
			if event.ID != 0 {
				d.batch.Accept(event.ID)
			}
			if !d.quiet {
				d.seen = append(d.seen, event.Type)
			}
		}
		if !d.quiet {
			d.replies = append(d.replies, d.out[:d.batch.Written]...)
		}
		input = input[d.batch.Consumed:]
		if d.batch.Consumed == 0 && d.batch.Written == 0 && len(d.batch.Events) == 0 {
			return
		}
	}
}

const dialogue = "MAIL FROM:<a@client.example> SIZE=30 BODY=8BITMIME\r\nRCPT TO:<b@mx.example> NOTIFY=NEVER\r\n" +
	"RCPT TO:<c@mx.example>\r\nDATA\r\nSubject: hi\r\n\r\n..dot\r\n.\r\n"

func TestACommandIsAnAskOnlyWhereItIsConfigured(t *testing.T) {
	d := newDriver(t, func(o *ehlo.ServerOptions) {
		o.Extensions |= ehlo.ExtVRFY
		o.CommandAsks = []ehlo.Verb{ehlo.VerbVRFY, ehlo.VerbHELP}
	})
	lines := []byte("noop\r\nVrfy bob\r\n")
	d.advance(string(lines), nil)
	if len(d.batch.Events) != 2 {
		t.Fatalf("%d events", len(d.batch.Events))
	}
	plain, asked := &d.batch.Events[0], &d.batch.Events[1]
	if plain.Type != ehlo.ServerEventCommand || plain.Verb != ehlo.VerbNOOP || plain.ID != 0 || plain.Text.Present() ||
		plain.Response.Text(lines) != "noop" {
		t.Errorf("plain: %+v", plain)
	}
	if asked.Type != ehlo.ServerEventCommand || asked.Verb != ehlo.VerbVRFY || asked.ID == 0 ||
		asked.Text.Text(lines) != "bob" || asked.Response.Text(lines) != "Vrfy" {
		t.Errorf("asked: %+v", asked)
	}
	d.batch.Decline(asked.ID)
	if got := d.advance("", d.out); !strings.HasPrefix(got, "250 2.0.0 ") || !strings.Contains(got, "\r\n451 4.3.0 ") {
		t.Errorf("%q", got)
	}
}

func TestEachAnswerHasItsError(t *testing.T) {
	d := newDriver(t, nil)
	d.advance("MAIL FROM:<a@client.example>\r\n", nil)
	id := d.batch.Events[0].ID
	d.batch.Reply(id, 250, 0, "no\rpe")
	d.batch.Accept(id + 1000)
	d.batch.Reply(id, 250, ehlo.EnhancedCode(2, 1, 0), "taken\nas it is")
	if d.batch.Answers() != 3 {
		t.Errorf("%d answers", d.batch.Answers())
	}
	said := d.advance("", d.out)
	if d.batch.Refused != 2 || !errors.Is(d.batch.AnswerError(0), ehlo.ErrArgument) ||
		!errors.Is(d.batch.AnswerError(1), ehlo.ErrID) || d.batch.AnswerError(2) != nil {
		t.Errorf("%d refused: %v, %v, %v", d.batch.Refused, d.batch.AnswerError(0), d.batch.AnswerError(1),
			d.batch.AnswerError(2))
	}
	if got, want := said, "250-2.1.0 taken\r\n250 2.1.0 as it is\r\n"; got != want {
		t.Errorf("the reply is %q, want %q", got, want)
	}
	if d.batch.Answers() != 0 || d.batch.Retry() != 0 {
		t.Error("answers that were given are given again")
	}
	d.advance("RCPT TO:<b@mx.example>\r\n", nil)
	id = d.batch.Events[0].ID
	d.batch.Decline(id)
	d.batch.Decline(id)
	said = d.advance("", d.out)
	if said != "451 4.3.0 Requested action aborted: local error in processing\r\n" || !errors.Is(d.batch.AnswerError(1), ehlo.ErrID) {
		t.Errorf("declined: %q, %v", said, d.batch.AnswerError(1))
	}
}

func TestAnswersWithoutSpaceAreGivenAgain(t *testing.T) {
	d := newDriver(t, func(o *ehlo.ServerOptions) { o.ReplyTextOctets = 512 })
	d.feed([]byte("MAIL FROM:<a@client.example>\r\n"))
	d.replies = nil
	d.advance("RCPT TO:<a@mx.example> NOTIFY=NEVER\r\nRCPT TO:<b@mx.example> NOTIFY=DELAY\r\n", nil)
	if len(d.batch.Events) != 2 || d.batch.Param(&d.batch.Events[1], ehlo.ParamNOTIFY).Number != int64(ehlo.NotifyDELAY) {
		t.Fatalf("%+v", d.batch.Events)
	}
	text := strings.Repeat("x", 400)
	for i := range d.batch.Events {
		d.batch.Reply(d.batch.Events[i].ID, 250, 0, text)
	}
	said := d.advance("", d.out)
	if d.batch.Refused != 1 || !errors.Is(d.batch.AnswerError(1), ehlo.ErrSpace) {
		t.Fatalf("%d refused: %v", d.batch.Refused, d.batch.AnswerError(1))
	}
	if d.batch.Retry() != 1 {
		t.Fatal("no answer is to be given again")
	}
	if said += d.advance("", d.out); d.batch.Refused != 0 {
		t.Fatalf("%d refused", d.batch.Refused)
	}
	if got := strings.Count(said, text); got != 2 {
		t.Errorf("%d of the texts are sent", got)
	}
}

func TestAdvanceOfServerDoesNotAllocate(t *testing.T) {
	d := newDriver(t, func(o *ehlo.ServerOptions) { o.MaxIdleCommands = 0 })
	d.quiet = true
	input := []byte(dialogue + "NOOP\r\nRSET\r\n")
	d.feed(input)
	if allocations := testing.AllocsPerRun(1000, func() { d.feed(input) }); allocations != 0 {
		t.Errorf("%v allocations for a message", allocations)
	}
	mail := []byte("MAIL FROM:<a@client.example>\r\n")
	reply := func() {
		check(t, d.session.Advance(d.batch, mail, d.out))
		d.batch.Reply(d.batch.Events[0].ID, 550, ehlo.EnhancedCode(5, 7, 1), "not from here")
		if err := d.session.Advance(d.batch, nil, d.out); err != nil || d.batch.Refused != 0 {
			t.Fatal(err)
		}
	}
	reply()
	if allocations := testing.AllocsPerRun(1000, reply); allocations != 0 {
		t.Errorf("%v allocations for a reply", allocations)
	}
}

func BenchmarkMessage(b *testing.B) {
	d := newDriver(b, func(o *ehlo.ServerOptions) { o.MaxIdleCommands = 0 })
	d.quiet = true
	input := []byte(dialogue)
	b.ReportAllocs()
	for range b.N {
		d.feed(input)
	}
}
