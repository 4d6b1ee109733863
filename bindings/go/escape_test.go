//go:build go1.24

package ehlo_test

import (
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// These hold since Go 1.24, which knows that the library keeps nothing (escape.go); those of a server hold it
// with any.

func TestAdvanceOfClientDoesNotAllocate(t *testing.T) {
	c := talkTo(t, "250-mx.example\r\n250 PIPELINING\r\n", ehlo.ClientOptions{}).client
	message := []byte("Subject: hi\r\n\r\n.dot\r\n")
	out := make([]byte, 4096)
	batch := ehlo.NewClientBatch(0)
	turn := func() {
		check(t, c.Mail("a@client.example"))
		check(t, c.Rcpt("b@mx.example"))
		check(t, c.Data())
		check(t, c.Advance(batch, nil, out))
		check(t, c.Advance(batch, []byte("250 2.1.0 ok\r\n250 2.1.5 ok\r\n354 go\r\n"), out))
		_, _, err := c.BodyCopy(message, true, out)
		check(t, err)
		check(t, c.Advance(batch, []byte("250 2.0.0 ok\r\n"), out))
	}
	turn()
	if allocations := testing.AllocsPerRun(1000, turn); allocations != 0 {
		t.Errorf("%v allocations for a message", allocations)
	}
}

func TestParsersDoNotAllocate(t *testing.T) {
	line := []byte("MAIL FROM:<a@client.example> SIZE=30\r\n")
	params := make([]ehlo.Param, 0, ehlo.ParamsMax)
	options := ehlo.ParseOptions{Extensions: ehlo.ExtDefault}
	dst := make([]byte, 0, 256)
	if allocations := testing.AllocsPerRun(1000, func() {
		if _, err := ehlo.ParseCommand(line, options, params); err != nil {
			t.Fatal(err)
		}
		if _, err := ehlo.AppendReply(dst, 250, 0, "ok"); err != nil {
			t.Fatal(err)
		}
		if _, err := ehlo.ParsePath(line[10:28], false, false, false); err != nil {
			t.Fatal(err)
		}
	}); allocations != 0 {
		t.Errorf("%v allocations", allocations)
	}
}
