package ehlo_test

import (
	"errors"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// writer appends something.
type writer func(dst []byte) ([]byte, error)

func command(text ehlo.CommandText) writer {
	return func(dst []byte) ([]byte, error) { return ehlo.AppendCommand(dst, text) }
}

// of gives a writer of what is made of `src`.
func of(src string, encode func(dst, src []byte) ([]byte, error)) writer {
	return func(dst []byte) ([]byte, error) { return encode(dst, []byte(src)) }
}

func param(id ehlo.ParamID, number int64, text string) writer {
	return func(dst []byte) ([]byte, error) { return ehlo.AppendParam(dst, id, number, text) }
}

func reply(enhanced ehlo.Enhanced, text string) writer {
	return func(dst []byte) ([]byte, error) { return ehlo.AppendReply(dst, 550, enhanced, text) }
}

func TestWhatIsWrittenIsAppended(t *testing.T) {
	xtext := func(dst, src []byte) ([]byte, error) { return ehlo.AppendXtextDecoded(dst, src, false) }
	hello := func(dst []byte) ([]byte, error) { return ehlo.AppendHello(dst, "mx.example", "SIZE 1000\nAUTH PLAIN") }
	for want, write := range map[string]writer{
		"EHLO client.example\r\n":            command(ehlo.CommandText{Verb: ehlo.VerbEHLO, Text: "client.example"}),
		"MAIL FROM:<> SIZE=1 BODY=7BIT\r\n":  command(ehlo.CommandText{Verb: ehlo.VerbMAIL, Params: "SIZE=1 BODY=7BIT"}),
		"RCPT TO:<\"a b\"@mx.example>\r\n":   command(ehlo.CommandText{Verb: ehlo.VerbRCPT, Text: `"a b"@mx.example`}),
		"BDAT 17 LAST\r\n":                   command(ehlo.CommandText{Verb: ehlo.VerbBDAT, Number: 17, Last: true}),
		"AUTH PLAIN AGEAYg==\r\n":            command(ehlo.CommandText{Verb: ehlo.VerbAUTH, Text: "PLAIN", Response: []byte("\x00a\x00b")}),
		"AUTH X =\r\n":                       command(ehlo.CommandText{Verb: ehlo.VerbAUTH, Text: "X", HasResponse: true}),
		"AUTH LOGIN\r\n":                     command(ehlo.CommandText{Verb: ehlo.VerbAUTH, Text: "LOGIN"}),
		"a+2Bb+3Dc":                          of("a+b=c", ehlo.AppendXtext),
		"a+b=c":                              of("a+2Bb+3Dc", xtext),
		strings.Repeat("+2B", 1000):          of(strings.Repeat("+", 1000), ehlo.AppendXtext), // more than there is room for
		"AP94":                               of("\x00\xffx", ehlo.AppendBase64),
		"\x00\xffx":                          of("AP94", ehlo.AppendBase64Decoded),
		`"a \"b"`:                            of(`a "b`, ehlo.AppendQuoted),
		`a "b`:                               of(`"a \"b"`, ehlo.AppendUnquoted),
		"a+b@c.example":                      of("rfc822;a+2Bb@c.example", ehlo.AppendORCPTDecoded),
		"SIZE=18446744073709551615":          param(ehlo.ParamSIZE, -1, ""),
		"NOTIFY=SUCCESS,DELAY":               param(ehlo.ParamNOTIFY, int64(ehlo.NotifySUCCESS|ehlo.NotifyDELAY), ""),
		"550 5.0.0 no\r\n":                   reply(0, "no"),
		"550 no\r\n":                         reply(ehlo.EnhancedNone, "no"),
		"550-5.1.1 no\r\n550 5.1.1 here\r\n": reply(ehlo.EnhancedCode(5, 1, 1), "no\nhere"),
		"250-mx.example\r\n250-SIZE 1000\r\n250 AUTH PLAIN\r\n": hello,
	} {
		if got, err := write([]byte("before")); err != nil || string(got) != "before"+want {
			t.Errorf("written %q: %v, want %q", got, err, want)
		}
	}
}

func TestErrorsHaveTheirPosition(t *testing.T) {
	_, err := ehlo.ParseCommand([]byte("MAIL FROM:<a@b.example> NO SUCH\x01\r\n"), ehlo.ParseOptions{}, nil)
	var at *ehlo.PositionError
	if !errors.As(err, &at) || at.Offset < 24 || !errors.Is(err, at.Err) {
		t.Errorf("the error is %v", err)
	}
	info := ehlo.ErrLineTooLong.Info()
	if info.Name != "line-too-long" || info.Code != 500 || info.Fault != ehlo.FaultPeer || info.Fatal || info.Text == "" ||
		info.Enhanced.String() != "5.5.2" {
		t.Errorf("known of it is %+v", info)
	}
	if name := ehlo.Error(12345).Name(); name != "unknown-error" {
		t.Errorf("an unknown error is called %s", name)
	}
	if ehlo.ErrState.Info().Fault != ehlo.FaultProgram || !ehlo.ErrTimeout.Info().Fatal {
		t.Error("whose fault, or whether fatal, is wrong")
	}
	if _, err := command(ehlo.CommandText{Verb: ehlo.VerbMAIL, Text: "a@b.example>\r\nRSET"})(nil); err == nil {
		t.Error("a line within an address is written")
	}
	if _, err := ehlo.AppendBase64Decoded(nil, []byte("AAA=B")); !errors.Is(err, ehlo.ErrBadBase64) {
		t.Errorf("bad base64: %v", err)
	}
	bare, err := ehlo.ParseReply([]byte("550 no\r\n"), ehlo.ReplyLimits{})
	if err != nil || bare.Enhanced != ehlo.EnhancedNone || bare.Enhanced.String() != "" {
		t.Errorf("a reply without a status code is %+v, %v", bare, err)
	}
}

func TestLimitsOfPathsReachTheParser(t *testing.T) {
	line := []byte("MAIL FROM:<" + strings.Repeat("x", 65) + "@client.example>\r\n")
	for _, o := range []ehlo.ParseOptions{{}, {MaxLocalPartOctets: 64}, {MaxPathOctets: 64}} {
		_, err := ehlo.ParseCommand(line, o, nil)
		if refused := errors.Is(err, ehlo.ErrPathTooLong); refused != (o.MaxLocalPartOctets+o.MaxPathOctets != 0) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}
