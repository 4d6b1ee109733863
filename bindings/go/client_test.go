package ehlo_test

import (
	"errors"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// dialogue with a scripted server: what is sent, and the events that an input gives.
type talk struct {
	t      *testing.T
	client *ehlo.Client
	batch  *ehlo.ClientBatch
}

// talkTo begins a dialogue with a server that said `hello` to EHLO.
func talkTo(t *testing.T, hello string, o ehlo.ClientOptions) *talk {
	t.Helper()
	o.Hostname = "client.example"
	config, err := ehlo.NewClientConfig(o)
	check(t, err)
	client, err := ehlo.NewClient(config)
	check(t, err)
	t.Cleanup(func() { client.Close(); config.Close() })
	d := &talk{t, client, ehlo.NewClientBatch(0)}
	check(t, client.Open())
	d.hear("220 mx.example\r\n")
	d.sent()
	d.hear(hello)
	return d
}

func (d *talk) sent() string {
	d.t.Helper()
	out := make([]byte, 4096)
	check(d.t, d.client.Advance(d.batch, nil, out))
	return string(out[:d.batch.Written])
}

func (d *talk) hear(input string) (kinds []ehlo.ClientEventType) {
	d.t.Helper()
	if err := d.client.Advance(d.batch, []byte(input), nil); err != nil || d.batch.Consumed != len(input) {
		d.t.Fatalf("%v, %d of %d octets", err, d.batch.Consumed, len(input))
	}
	for i := range d.batch.Events {
		kinds = append(kinds, d.batch.Events[i].Type)
	}
	return kinds
}

func TestSingleCommandsOfClients(t *testing.T) {
	hello := "250-mx.example\r\n250-PIPELINING\r\n250-VRFY\r\n250-xOwn a b\r\n250 SIZE 1000\r\n"
	d := talkTo(t, hello, ehlo.ClientOptions{})
	c := d.client
	if limit, given := c.SizeLimit(); limit != 1000 || !given || string(c.HelloReply()) != hello {
		t.Errorf("%d, %v, %q", limit, given, c.HelloReply())
	}
	if c.Extensions() != ehlo.ExtPIPELINING|ehlo.ExtSIZE|ehlo.ExtVRFY || c.Facts()&ehlo.FactESMTP == 0 {
		t.Errorf("%v, %#x", c.Extensions(), c.Facts())
	}
	for _, one := range []struct {
		name, text string
		verb       ehlo.Verb
		line       string
	}{
		{"VRFY", "bob", ehlo.VerbVRFY, "VRFY bob\r\n"},
		{"noop", "", ehlo.VerbNOOP, "NOOP\r\n"},
		{"XOWN", "a b", ehlo.VerbUnknown, "XOWN a b\r\n"},
	} {
		check(t, c.Command(one.name, one.text, 0))
		if got := d.sent(); got != one.line {
			t.Errorf("%q, want %q", got, one.line)
		}
		if got := d.hear("250 ok\r\n"); len(got) == 0 || got[0] != ehlo.ClientEventReply || d.batch.Events[0].Verb != one.verb {
			t.Errorf("the events are %v", got)
		}
	}
	for name, want := range map[string]error{"MAIL": ehlo.ErrArgument, "EXPN": ehlo.ErrNotOffered} {
		if err := c.Command(name, "staff", 0); err != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.Lacks() != ehlo.ExtEXPN || c.Command("VRFY", "bob", ehlo.FlagSMTPUTF8) != ehlo.ErrNotOffered ||
		c.Lacks() != ehlo.ExtSMTPUTF8 || c.Command("VRFY", "bob", ehlo.FlagLast) != ehlo.ErrArgument {
		t.Errorf("lacks %v", c.Lacks())
	}
	for keyword, want := range map[string]string{"XOWN": "a b", "size": "1000", "vrfy": ""} {
		if got, ok := c.Offers(keyword); !ok || got != want {
			t.Errorf("%s: %q, %v", keyword, got, ok)
		}
	}
	if got, ok := c.Offers("XOTHER"); ok || got != "" {
		t.Errorf("XOTHER: %q, %v", got, ok)
	}
}

func TestReleasedConnectionsGoOnWithTheOtherRole(t *testing.T) {
	busy := talkTo(t, "250 mx.example\r\n", ehlo.ClientOptions{}).client
	check(t, busy.Mail("a@client.example"))
	if err := busy.Release(); !errors.Is(err, ehlo.ErrState) {
		t.Errorf("a busy session is released: %v", err)
	}
	idle := talkTo(t, "250 mx.example\r\n", ehlo.ClientOptions{}).client
	if err := idle.Release(); err != nil || idle.Wants() != 0 {
		t.Errorf("%v, wants %#x", err, idle.Wants())
	}
	s := newDriver(t, nil)
	if err := s.session.Release(); err != nil || s.session.Wants() != 0 {
		t.Errorf("%v, wants %#x", err, s.session.Wants())
	}
}

func TestAWrongChunkNamesThePosition(t *testing.T) {
	d := talkTo(t, "250-mx.example\r\n250-PIPELINING\r\n250 CHUNKING\r\n", ehlo.ClientOptions{RefuseNUL: true})
	c := d.client
	if err := errors.Join(c.Mail("a@client.example"), c.Rcpt("b@mx.example")); err != nil || c.Transaction() != 1 {
		t.Fatal(err, c.Transaction())
	}
	d.sent()
	d.hear("250 ok\r\n250 ok\r\n")
	for _, one := range []struct {
		content  string
		last     bool
		position int
		err      error
		sent     string
	}{
		{"ab\r", false, 0, nil, "BDAT 3\r\n"},
		{"c", true, 2, ehlo.ErrBareCR, ""},
		{"\nc\x00", true, 5, ehlo.ErrNUL, ""},
		{"\n", true, 0, nil, "BDAT 1 LAST\r\n"},
	} {
		position, err := c.BDAT([]byte(one.content), one.last)
		if sent := d.sent(); position != one.position || err != one.err || sent != one.sent {
			t.Errorf("%q: %d, %v, %q", one.content, position, err, sent)
		}
	}
}

func TestWhatTheServerDoesNotOfferIsNamed(t *testing.T) {
	d := talkTo(t, "250-mx.example\r\n250 AUTH PLAIN\r\n", ehlo.ClientOptions{PlaintextAuth: true})
	c := d.client
	if err := c.Auth("X-OWN", nil); !errors.Is(err, ehlo.ErrNotOffered) || c.LacksKeyword() != "X-OWN" || c.Lacks() != 0 {
		t.Errorf("%v, %q, %v", err, c.LacksKeyword(), c.Lacks())
	}
	if err := c.Mail("a@client.example", ehlo.Flag("xown")); !errors.Is(err, ehlo.ErrNotOffered) || c.LacksKeyword() != "xown" {
		t.Errorf("%v, %q", err, c.LacksKeyword())
	}
	if err := c.Mail("a@client.example", ehlo.Value("RET", "FULL")); !errors.Is(err, ehlo.ErrNotOffered) || c.Lacks() != ehlo.ExtDSN {
		t.Errorf("%v, %q, %v", err, c.LacksKeyword(), c.Lacks())
	}
	if err := c.Auth("PLAIN", []byte{}); err != nil || d.sent() != "AUTH PLAIN =\r\n" {
		t.Errorf("an initial response of no octets: %v", err)
	}
	c.Close()
	if c.LacksKeyword() != "" {
		t.Error("a closed session lacks something")
	}
}

func TestSmallFacts(t *testing.T) {
	if ehlo.Version() == "" || ehlo.VerbSTARTTLS.String() != "STARTTLS" || ehlo.ServerEventMAIL.String() == "" ||
		ehlo.ClientEventOutcome.String() == "" || ehlo.VerdictUnknown.String() != "unknown" || ehlo.Verdict(99).String() != "none" {
		t.Error("a name is missing")
	}
	config, err := ehlo.NewClientConfig(ehlo.ClientOptions{Hostname: "client.example", Replies: ehlo.ReplyLimits{Octets: 9000}})
	if err != nil || config.MaxReply() != 9000 {
		t.Errorf("%v, %d", err, config.MaxReply())
	}
	config.Close()
	if code, ok := ehlo.ParseEnhanced("5.1.10"); !ok || code != ehlo.EnhancedCode(5, 1, 10) {
		t.Errorf("%v, %v", code, ok)
	}
	for _, text := range []string{"", "5.1", "5.1.1.1", "5.1.x", "05.1.1", "5.1.1 "} {
		if code, ok := ehlo.ParseEnhanced(text); ok {
			t.Errorf("%q is %v", text, code)
		}
	}
}
