package ehlo_test

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newConfig(t *testing.T) *ehlo.ServerConfig {
	t.Helper()
	config, err := ehlo.NewServerConfig(ehlo.DefaultServerOptions())
	check(t, err)
	return config
}

func newServer(t testing.TB, config *ehlo.ServerConfig) *ehlo.Server {
	t.Helper()
	server, err := ehlo.NewServer(config)
	check(t, err)
	return server
}

func newEnvelope(t *testing.T) *ehlo.Envelope {
	t.Helper()
	envelope, err := ehlo.NewEnvelope(ehlo.EnvelopeOptions{Sender: "a@client.example"})
	check(t, err)
	return envelope
}

// transacting gives a dialogue in which an envelope is being sent.
func transacting(t *testing.T) (*talk, *ehlo.Envelope) {
	t.Helper()
	d, envelope := talkTo(t, "250-mx.example\r\n250 PIPELINING\r\n", ehlo.ClientOptions{}), newEnvelope(t)
	check(t, errors.Join(envelope.Add("b@mx.example"), d.client.Transact(envelope)))
	return d, envelope
}

func TestClosedObjectsGiveErrors(t *testing.T) {
	config := newConfig(t)
	server := newServer(t, config)
	server.Close()
	server.Close()
	server.EOF()
	if err := server.Advance(ehlo.NewServerBatch(0, 0), nil, nil); !errors.Is(err, ehlo.ErrState) || server.Wants() != 0 {
		t.Errorf("a closed session advances: %v", err)
	}
	config.Close()
	config.Close()
	if _, err := ehlo.NewServer(config); !errors.Is(err, ehlo.ErrState) {
		t.Errorf("a closed configuration has sessions: %v", err)
	}
	client := talkTo(t, "250 mx.example\r\n", ehlo.ClientOptions{}).client
	client.Close()
	if err := client.Mail("a@client.example"); !errors.Is(err, ehlo.ErrState) || client.Wants() != 0 {
		t.Errorf("a closed client sends: %v", err)
	}
}

// No order of closing is a wrong one: what is used by others stays until they are done.
func TestClosingInAnyOrder(t *testing.T) {
	before, _ := ehlo.Memory()
	config := newConfig(t)
	server := newServer(t, config)
	config.Close()
	out := make([]byte, 512)
	batch := ehlo.NewServerBatch(0, 0)
	if err := server.Advance(batch, nil, out); err != nil || batch.Written == 0 {
		t.Errorf("%v, %d octets", err, batch.Written)
	}
	server.Close()

	d, envelope := transacting(t)
	envelope.Close()
	envelope.Close()
	if err := d.client.Transact(envelope); !errors.Is(err, ehlo.ErrArgument) {
		t.Errorf("a closed envelope is submitted: %v", err)
	}
	if got := d.sent(); got != "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nDATA\r\n" {
		t.Errorf("sent is %q", got)
	}
	d.client.Close()
	// The client's configuration alone is left: the test closes it at its end.
	if after, _ := ehlo.Memory(); after != before+1 {
		t.Errorf("%d blocks before, %d after", before, after)
	}
}

func TestAnEnvelopeTakesNoRecipientWhileASessionHoldsIt(t *testing.T) {
	d, envelope := transacting(t)
	defer envelope.Close()
	if err := envelope.Add("late@mx.example"); err != ehlo.ErrState || envelope.Recipients() != 1 {
		t.Errorf("a recipient is added to an envelope that is being sent: %v", err)
	}
	d.client.Close()
	if err := envelope.Add("late@mx.example"); err != nil || envelope.Recipients() != 2 {
		t.Errorf("no recipient is added to an envelope that was sent: %v", err)
	}
}

// Whoever closes a configuration and whoever begins a session with it, on goroutines of their own: a session begins, or
// the configuration is closed, and the last one frees it.
func TestClosingWhileSessionsBegin(t *testing.T) {
	before, _ := ehlo.Memory()
	for range 200 {
		config := newConfig(t)
		var all sync.WaitGroup
		for range 4 {
			all.Add(1)
			go func() {
				defer all.Done()
				batch, out := ehlo.NewServerBatch(0, 0), make([]byte, 512)
				for {
					server, err := ehlo.NewServer(config)
					if err != nil {
						if err != ehlo.ErrState {
							t.Error(err)
						}
						return
					}
					if err := server.Advance(batch, nil, out); err != nil || !strings.HasPrefix(string(out), "220 ") {
						t.Errorf("%v, %q", err, out[:batch.Written])
					}
					server.Close()
				}
			}()
		}
		config.Close()
		all.Wait()
	}
	if after, _ := ehlo.Memory(); after != before {
		t.Errorf("%d blocks before, %d after", before, after)
	}
}

// What the program forgets to close the finalizers free, in any order.
func TestForgottenObjectsAreFreed(t *testing.T) {
	before, _ := ehlo.Memory()
	func() {
		for range 50 {
			newServer(t, newConfig(t))
			newEnvelope(t)
		}
	}()
	after := before + 1
	for range 100 {
		runtime.GC()
		if after, _ = ehlo.Memory(); after <= before {
			return
		}
		runtime.Gosched()
	}
	t.Errorf("%d blocks before, %d after", before, after)
}
