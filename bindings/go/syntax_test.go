package ehlo_test

import (
	"errors"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

func TestCommandsAreWrittenAndReadBack(t *testing.T) {
	for _, one := range []struct {
		command ehlo.CommandText
		line    string
	}{
		{ehlo.CommandText{Verb: ehlo.VerbEHLO, Text: "client.example"}, "EHLO client.example\r\n"},
		{ehlo.CommandText{Verb: ehlo.VerbMAIL, Text: "", Params: "SIZE=1 BODY=7BIT"}, "MAIL FROM:<> SIZE=1 BODY=7BIT\r\n"},
		{ehlo.CommandText{Verb: ehlo.VerbRCPT, Text: `"a b"@mx.example`}, "RCPT TO:<\"a b\"@mx.example>\r\n"},
		{ehlo.CommandText{Verb: ehlo.VerbBDAT, Number: 17, Last: true}, "BDAT 17 LAST\r\n"},
		{ehlo.CommandText{Verb: ehlo.VerbAUTH, Text: "PLAIN", Response: []byte("\x00a\x00b")}, "AUTH PLAIN AGEAYg==\r\n"},
		{ehlo.CommandText{Verb: ehlo.VerbAUTH, Text: "X", HasResponse: true}, "AUTH X =\r\n"},
		{ehlo.CommandText{Verb: ehlo.VerbAUTH, Text: "LOGIN"}, "AUTH LOGIN\r\n"},
	} {
		line, err := ehlo.AppendCommand([]byte("before"), one.command)
		if err != nil || string(line) != "before"+one.line {
			t.Errorf("written %q: %v, want %q", line, err, one.line)
			continue
		}
		read, err := ehlo.ParseCommand(line[6:], ehlo.ParseOptions{Extensions: ^ehlo.Extensions(0) >> 50}, nil)
		if err != nil || read.Verb != one.command.Verb || read.Number != one.command.Number {
			t.Errorf("%q is read as %+v: %v", one.line, read, err)
		}
	}
	_, err := ehlo.AppendCommand(nil, ehlo.CommandText{Verb: ehlo.VerbMAIL, Text: "a@b.example>\r\nRSET"})
	if err == nil {
		t.Error("a line within an address is written")
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
}

func TestEncodingsComeBack(t *testing.T) {
	type coder func(dst, src []byte) ([]byte, error)
	xtext := func(dst, src []byte) ([]byte, error) { return ehlo.AppendXtextDecoded(dst, src, false) }
	for _, one := range []struct {
		name, plain, encoded string
		encode, decode       coder
	}{
		{"xtext", "a+b=c", "a+2Bb+3Dc", ehlo.AppendXtext, xtext},
		{"base64", "\x00\xffx", "AP94", ehlo.AppendBase64, ehlo.AppendBase64Decoded},
		{"local part", `a "b`, `"a \"b"`, ehlo.AppendQuoted, ehlo.AppendUnquoted},
	} {
		encoded, err := one.encode([]byte("<"), []byte(one.plain))
		if err != nil || string(encoded) != "<"+one.encoded {
			t.Errorf("%s: %q, %v", one.name, encoded, err)
		}
		decoded, err := one.decode([]byte("<"), []byte(one.encoded))
		if err != nil || string(decoded) != "<"+one.plain {
			t.Errorf("%s: %q, %v", one.name, decoded, err)
		}
	}
	long := strings.Repeat("+", 1000)
	encoded, err := ehlo.AppendXtext(nil, []byte(long))
	if err != nil || string(encoded) != strings.Repeat("+2B", 1000) {
		t.Errorf("a long text: %d octets, %v", len(encoded), err)
	}
	if _, err := ehlo.AppendBase64Decoded(nil, []byte("AAA=B")); !errors.Is(err, ehlo.ErrBadBase64) {
		t.Errorf("bad base64: %v", err)
	}
	address, err := ehlo.AppendORCPTDecoded(nil, []byte("rfc822;a+2Bb@c.example"))
	if err != nil || string(address) != "a+b@c.example" {
		t.Errorf("ORCPT: %q, %v", address, err)
	}
	size, err := ehlo.AppendParam(nil, ehlo.ParamSIZE, -1, "")
	if err != nil || string(size) != "SIZE=18446744073709551615" {
		t.Errorf("the largest SIZE is %q, %v", size, err)
	}
	param, err := ehlo.AppendParam(nil, ehlo.ParamNOTIFY, int64(ehlo.NotifySUCCESS|ehlo.NotifyDELAY), "")
	if err != nil || string(param) != "NOTIFY=SUCCESS,DELAY" {
		t.Errorf("NOTIFY: %q, %v", param, err)
	}
}

func TestRepliesAndHellosAreWritten(t *testing.T) {
	for enhanced, want := range map[ehlo.Enhanced]string{0: "550 5.0.0 no\r\n", ehlo.EnhancedNone: "550 no\r\n"} {
		said, err := ehlo.AppendReply(nil, 550, enhanced, "no")
		if err != nil || string(said) != want {
			t.Errorf("a reply with %d is %q, %v", enhanced, said, err)
		}
	}
	bare, err := ehlo.ParseReply([]byte("550 no\r\n"), ehlo.ReplyLimits{})
	if err != nil || bare.Enhanced != ehlo.EnhancedNone || bare.Enhanced.String() != "" {
		t.Errorf("a reply without a status code is %+v, %v", bare, err)
	}
	octets, err := ehlo.AppendReply(nil, 550, ehlo.EnhancedCode(5, 1, 1), "no such user\nhere")
	if err != nil || string(octets) != "550-5.1.1 no such user\r\n550 5.1.1 here\r\n" {
		t.Fatalf("%q, %v", octets, err)
	}
	octets, err = ehlo.AppendHello(nil, "mx.example", "SIZE 1000\nAUTH PLAIN")
	if want := "250-mx.example\r\n250-SIZE 1000\r\n250 AUTH PLAIN\r\n"; err != nil || string(octets) != want {
		t.Errorf("%q, %v", octets, err)
	}
	hello, err := ehlo.ParseHello(octets, false, ehlo.ReplyLimits{})
	if err != nil || hello.Offered.String() != "SIZE AUTH" {
		t.Errorf("%+v, %v", hello, err)
	}
}
