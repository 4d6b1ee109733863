package client_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/client"
)

// The reason may be there, though it is in no reply that can be read.
func TestErrorShowsWhatTheServerSaid(t *testing.T) {
	for _, one := range []struct {
		said string
		err  error
		text string
	}{
		{"SSH-2.0-x\r\n", ehlo.ErrMalformedReply, `client: ehlo: malformed-reply: the server said "SSH-2.0-x"`},
		{"<html>", ehlo.ErrMalformedReply, `client: ehlo: malformed-reply: the server said "<html>"`},
		{"220-a\r\n550 blocked", ehlo.ErrCodeMismatch, `client: ehlo: code-mismatch: the server said "220-a\r\n550 blocked"`},
		{"220 a\n", ehlo.ErrBareLF, `client: ehlo: bare-lf: the server said "220 a"`},
		{"\x1b[2J\x00\xff\r\n", ehlo.ErrMalformedReply, `client: ehlo: malformed-reply: the server said "\x1b[2J\x00\xff"`},
		{"x" + strings.Repeat("y", 2000), ehlo.ErrMalformedReply,
			`client: ehlo: malformed-reply: the server said "x` + strings.Repeat("y", 511) + `"`},
		{"354 go\r\n", ehlo.ErrUnexpectedCode, `client: ehlo: unexpected-code: the server said "354 go"`},
		{"\r\n", ehlo.ErrMalformedReply, "client: ehlo: malformed-reply"},
	} {
		near, far := net.Pipe()
		go func() {
			far.Write([]byte(one.said))
			far.Close()
		}()
		_, err := client.New(background, near, nil)
		if err == nil || err.Error() != one.text || !errors.Is(err, one.err) {
			t.Errorf("%.40q: %v", one.said, err)
		}
	}
}
