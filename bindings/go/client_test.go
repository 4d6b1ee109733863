package ehlo_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// dialogue with a scripted server: what is sent, and the events that an input gives.
type talk struct {
	t      *testing.T
	client *ehlo.Client
	batch  *ehlo.ClientBatch
}

func (d *talk) sent() string {
	d.t.Helper()
	out := make([]byte, 4096)
	if err := d.client.Advance(d.batch, nil, out); err != nil {
		d.t.Fatal(err)
	}
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
	d := &talk{t, openClient(t, hello), ehlo.NewClientBatch(0)}
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
		if err := c.Command(one.name, one.text, 0); err != nil {
			t.Fatal(err)
		}
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

func TestNobodyAcceptedEndsWithTheLoneDot(t *testing.T) {
	d := &talk{t, openClient(t, "250-mx.example\r\n250 PIPELINING\r\n"), ehlo.NewClientBatch(0)}
	c := d.client
	if err := errors.Join(c.Mail("a@client.example"), c.Rcpt("no@mx.example"), c.Data()); err != nil {
		t.Fatal(err)
	}
	if c.Transaction() != 1 || d.sent() == "" || c.Outstanding() != 3 {
		t.Errorf("transaction %d, %d outstanding", c.Transaction(), c.Outstanding())
	}
	want := []ehlo.ClientEventType{ehlo.ClientEventReply, ehlo.ClientEventReply, ehlo.ClientEventOutcome, ehlo.ClientEventGoAhead}
	got := d.hear("250 ok\r\n550 no\r\n354 go\r\n")
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the events are %v", got)
	}
	if _, _, err := c.BodyCopy([]byte("x\r\n"), true, make([]byte, 64)); !errors.Is(err, ehlo.ErrState) {
		t.Errorf("content for nobody: %v", err)
	}
	if err := c.AbortData(); err != nil || d.sent() != ".\r\n" {
		t.Errorf("the lone dot: %v", err)
	}
	if got := d.hear("554 nobody\r\n"); !slices.Contains(got, ehlo.ClientEventDone) {
		t.Errorf("the events are %v", got)
	}
}

func TestReleasedConnectionsGoOnWithTheOtherRole(t *testing.T) {
	d := &talk{t, openClient(t, "250 mx.example\r\n"), ehlo.NewClientBatch(0)}
	if err := d.client.Mail("a@client.example"); err != nil {
		t.Fatal(err)
	}
	if err := d.client.Release(); !errors.Is(err, ehlo.ErrState) {
		t.Errorf("a busy session is released: %v", err)
	}
	idle := openClient(t, "250 mx.example\r\n")
	if err := idle.Release(); err != nil || idle.Wants() != 0 {
		t.Errorf("%v, wants %#x", err, idle.Wants())
	}
	s := newDriver(t, nil)
	if err := s.session.Release(); err != nil || s.session.Wants() != 0 {
		t.Errorf("%v, wants %#x", err, s.session.Wants())
	}
}

// openChunks is a session whose next command may be BDAT.
func openChunks(t *testing.T, o ehlo.ClientOptions, params ...ehlo.ParamText) *talk {
	t.Helper()
	hello := "250-mx.example\r\n250-PIPELINING\r\n250-BINARYMIME\r\n250 CHUNKING\r\n"
	d := &talk{t, openClientWith(t, hello, o), ehlo.NewClientBatch(0)}
	if err := errors.Join(d.client.Mail("a@client.example", params...), d.client.Rcpt("b@mx.example")); err != nil {
		t.Fatal(err)
	}
	d.sent()
	d.hear("250 ok\r\n250 ok\r\n")
	return d
}

// Across the edges of chunks too, and what is refused has changed nothing.
func TestChunksAreOneText(t *testing.T) {
	for _, one := range []struct {
		endings      ehlo.Endings
		first, wrong string
		position     int
		want         error
		good         string
	}{
		{ehlo.EndingsReject, "a\r", "b", 1, ehlo.ErrBareCR, "\nb"},
		{ehlo.EndingsReject, "a", "\n", 1, ehlo.ErrBareLF, "\r\n"},
		{ehlo.EndingsNormalize, "", "a\nb", 1, ehlo.ErrBareLF, ""},
		{ehlo.EndingsReject, "a\r\n\x00", ".\x00\r\n", 4, ehlo.ErrFalseEnd, ".."},
		{ehlo.EndingsAccept, "a\n", ".", 2, ehlo.ErrFalseEnd, ".b\n"},
		{ehlo.EndingsReject, "ab", "c\x00", 3, ehlo.ErrNUL, "c"},
	} {
		d := openChunks(t, ehlo.ClientOptions{DataEndings: one.endings, RefuseNUL: one.want == ehlo.ErrNUL})
		send := func(content string, last bool, line string) {
			t.Helper()
			if position, err := d.client.BDAT([]byte(content), last); err != nil || position != 0 || d.sent() != line {
				t.Errorf("%q: %d, %v", content, position, err)
			}
		}
		send(one.first, false, fmt.Sprintf("BDAT %d\r\n", len(one.first)))
		if position, err := d.client.BDAT([]byte(one.wrong), true); err != one.want || position != one.position || d.sent() != "" {
			t.Errorf("%q behind %q: %v at %d", one.wrong, one.first, err, position)
		}
		send(one.good, true, fmt.Sprintf("BDAT %d LAST\r\n", len(one.good)))
	}
	d := openChunks(t, ehlo.ClientOptions{RefuseNUL: true}, ehlo.Value("BODY", "BINARYMIME"))
	if _, err := d.client.BDAT([]byte("\n.\n\x00\r"), true); err != nil || d.sent() != "BDAT 5 LAST\r\n" {
		t.Errorf("binary: %v", err)
	}
	d.client.Close()
	if _, err := d.client.BDAT(nil, true); err != ehlo.ErrState {
		t.Errorf("a closed session: %v", err)
	}
}

func TestAuthInClearTextTakesPlaintextAuth(t *testing.T) {
	for _, plaintext := range []bool{false, true} {
		c := openClientWith(t, "250-mx.example\r\n250 AUTH PLAIN\r\n", ehlo.ClientOptions{PlaintextAuth: plaintext})
		d := &talk{t, c, ehlo.NewClientBatch(0)}
		err := c.Auth("PLAIN", []byte("\x00user\x00pass"))
		if plaintext && (err != nil || d.sent() != "AUTH PLAIN AHVzZXIAcGFzcw==\r\n") {
			t.Errorf("with PlaintextAuth: %v", err)
		}
		if !plaintext && (!errors.Is(err, ehlo.ErrTLSRequired) || d.sent() != "") {
			t.Errorf("without: %v", err)
		}
	}
}

func TestWhatTheServerDoesNotOfferIsNamed(t *testing.T) {
	c := openClientWith(t, "250-mx.example\r\n250 AUTH PLAIN\r\n", ehlo.ClientOptions{PlaintextAuth: true})
	if err := c.Auth("X-OWN", nil); !errors.Is(err, ehlo.ErrNotOffered) || c.LacksKeyword() != "X-OWN" || c.Lacks() != 0 {
		t.Errorf("%v, %q, %v", err, c.LacksKeyword(), c.Lacks())
	}
	if err := c.Mail("a@client.example", ehlo.Flag("xown")); !errors.Is(err, ehlo.ErrNotOffered) || c.LacksKeyword() != "xown" {
		t.Errorf("%v, %q", err, c.LacksKeyword())
	}
	if err := c.Mail("a@client.example", ehlo.Value("RET", "FULL")); !errors.Is(err, ehlo.ErrNotOffered) || c.Lacks() != ehlo.ExtDSN {
		t.Errorf("%v, %q, %v", err, c.LacksKeyword(), c.Lacks())
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
