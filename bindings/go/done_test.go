package ehlo_test

import (
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// DONE comes for transactions of single commands too, which have no envelope: it does not let go that of the next.
func TestDoneLetsGoItsOwnEnvelope(t *testing.T) {
	before, _ := ehlo.Memory()
	client := openClient(t, "250-mx.example\r\n250 PIPELINING\r\n")
	batch, out := ehlo.NewClientBatch(0), make([]byte, 1<<16)
	feed := func(input string) (sent string) {
		rest := []byte(input)
		for {
			if err := client.Advance(batch, rest, out); err != nil {
				t.Fatal(err)
			}
			rest = rest[batch.Consumed:]
			sent += string(out[:batch.Written])
			if batch.Consumed == 0 && batch.Written == 0 && len(batch.Events) == 0 {
				return sent
			}
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(client.Mail("a@client.example"))
	must(client.Rcpt("b@mx.example"))
	must(client.Data())
	feed("")
	feed("250 ok\r\n250 ok\r\n354 go\r\n")
	written, _, err := client.BodyCopy([]byte("x\r\n"), true, out)
	if err != nil || written == 0 {
		t.Fatal(written, err)
	}
	envelope, err := ehlo.NewEnvelope(ehlo.EnvelopeOptions{Sender: "a@client.example"})
	must(err)
	must(envelope.Add("c@mx.example"))
	must(client.Transact(envelope))
	if err := envelope.Add("d@mx.example"); err != ehlo.ErrState {
		t.Errorf("a recipient is added to an envelope that is being sent: %v", err)
	}
	envelope.Close()
	held, _ := ehlo.Memory()
	feed("250 taken\r\n") // DONE of the first
	if after, _ := ehlo.Memory(); after != held {
		t.Errorf("%d blocks with the envelope, %d when another transaction was done", held, after)
	}
	if sent := feed("250 ok\r\n250 ok\r\n354 go\r\n"); strings.Contains(sent, "QUIT") {
		t.Errorf("%q", sent)
	}
	client.Close()
	// The client's configuration alone is left: the test closes it at its end.
	if after, _ := ehlo.Memory(); after != before+1 {
		t.Errorf("%d blocks before, %d after", before, after)
	}
}
