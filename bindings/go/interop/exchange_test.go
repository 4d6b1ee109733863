package interop

import (
	"context"
	"errors"
	"io"
	"net"
	"net/smtp"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/client"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

var (
	background = context.Background()
	check      = mailtest.Check
)

// deliver gives content to what a client's DATA has given, and ends the connection.
func deliver(t *testing.T, w io.WriteCloser, err error, body string, quit func() error) {
	t.Helper()
	check(t, err)
	_, err = io.WriteString(w, body)
	check(t, errors.Join(err, w.Close(), quit()))
}

// dial gives a client of ours.
func dial(t *testing.T, addr string, options *client.Options) *client.Client {
	t.Helper()
	c, err := client.Dial(background, "tcp", addr, options)
	check(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// sendAll sends a body to a server that takes it for all.
func sendAll(t *testing.T, c *client.Client, to []client.Recipient, body string) {
	t.Helper()
	outcomes, err := c.Send(background, &client.Envelope{From: "a@client.example", To: to}, strings.NewReader(body))
	if err != nil || client.Failed(outcomes) != nil {
		t.Fatal(outcomes, err)
	}
}

func TestNetSMTPToOurServer(t *testing.T) {
	own, trusting := tlsConfigs(t)
	addr, inbox := startOurs(t, &server.Server{TLSConfig: own})
	for name, body := range mailtest.Bodies() {
		t.Run(name, func(t *testing.T) {
			c, err := smtp.Dial(addr)
			check(t, err)
			defer c.Close()
			steps := []error{c.Hello("client.example"), c.StartTLS(trusting), c.Auth(smtp.PlainAuth("", "user", "pass", "127.0.0.1")),
				c.Mail("a@client.example"), c.Rcpt("b@mx.example"), c.Rcpt("c@mx.example")}
			check(t, errors.Join(steps...))
			if err := c.Rcpt("no@mx.example"); err == nil || !strings.Contains(err.Error(), "no such user") {
				t.Errorf("%v", err)
			}
			w, err := c.Data()
			deliver(t, w, err, body, c.Quit)
			got := inbox.Only(t)
			if got.Body != body || got.With != "UTF8SMTPSA" || got.User != "user" || got.From != "a@client.example" ||
				!slices.Equal(got.To, []string{"b@mx.example", "c@mx.example"}) {
				t.Errorf("%q %q %q %q, %d octets", got.From, got.To, got.With, got.User, len(got.Body))
			}
		})
	}
}

func TestGoSMTPToOurServer(t *testing.T) {
	own, trusting := tlsConfigs(t)
	addr, inbox := startOurs(t, &server.Server{TLSConfig: own})
	for name, body := range mailtest.Bodies() {
		t.Run(name, func(t *testing.T) {
			c, err := gosmtp.DialStartTLS(addr, trusting)
			check(t, err)
			defer c.Close()
			auth := "who@client.example"
			if err := errors.Join(c.Auth(sasl.NewPlainClient("", "user", "pass")),
				c.Mail("ä@client.example", &gosmtp.MailOptions{UTF8: true, Body: gosmtp.Body8BitMIME, Size: int64(len(body)),
					Return: gosmtp.DSNReturnHeaders, EnvelopeID: "id+1", Auth: &auth}),
				c.Rcpt("ü@mx.example", &gosmtp.RcptOptions{Notify: []gosmtp.DSNNotify{gosmtp.DSNNotifySuccess},
					OriginalRecipientType: gosmtp.DSNAddressTypeRFC822, OriginalRecipient: "x+y@z.example"})); err != nil {
				t.Fatal(err)
			}
			w, err := c.Data()
			deliver(t, w, err, body, c.Quit)
			got := inbox.Only(t)
			opts, rcpt := got.Opts, got.RcptOpts[0]
			if got.Body != body || got.User != "user" || got.From != "ä@client.example" || got.To[0] != "ü@mx.example" ||
				opts.Return != ehlo.ReturnHDRS || opts.EnvelopeID != "id+1" || opts.Size != uint64(len(body)) ||
				*opts.Auth != auth || rcpt.Notify != ehlo.NotifySUCCESS || rcpt.OriginalRecipient != "x+y@z.example" {
				t.Errorf("%+v %+v %+v", got.Opts, rcpt, got.From)
			}
		})
	}
}

func TestGoSMTPToOurLMTPServer(t *testing.T) {
	addr, inbox := startOurs(t, &server.Server{LMTP: true})
	conn, err := net.Dial("tcp", addr)
	check(t, err)
	c := gosmtp.NewClientLMTP(conn)
	defer c.Close()
	check(t, errors.Join(c.Hello("client.example"), c.Mail("a@client.example", nil), c.Rcpt("b@mx.example", nil),
		c.Rcpt("c@mx.example", nil)))
	w, err := c.Data()
	check(t, err)
	io.WriteString(w, "x\r\n")
	replies, err := w.CloseWithLMTPResponse()
	if err != nil || len(replies) != 2 || inbox.Only(t).With != "LMTP" {
		t.Errorf("%v, %v", replies, err)
	}
}

func TestOurClientToGoSMTP(t *testing.T) {
	own, trusting := tlsConfigs(t)
	addr, inbox := startGo(t, func(s *gosmtp.Server) { s.TLSConfig = own })
	for name, body := range mailtest.Bodies() {
		for _, chunking := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				c := dial(t, addr, &client.Options{Hostname: "client.example", TLSConfig: trusting,
					Auth: sasl.NewPlainClient("", "user", "pass"), Chunking: chunking})
				outcomes, err := c.Send(background, &client.Envelope{From: "ä@client.example", Body: ehlo.Body8BITMIME,
					Return: ehlo.ReturnFULL, EnvelopeID: "id+1", RequireTLS: true, Size: uint64(len(body)),
					To: []client.Recipient{{Address: "ü@mx.example", Notify: ehlo.NotifyFAILURE, OriginalRecipient: "x+y@z.example"},
						{Address: "no@mx.example"}}}, strings.NewReader(body))
				check(t, err)
				if outcomes[0].Verdict != ehlo.VerdictAccepted || outcomes[1].Code != 550 || outcomes[1].Enhanced.String() != "5.1.1" ||
					outcomes[1].Text != "no such user" {
					t.Errorf("%+v", outcomes)
				}
				if err := c.Quit(background); err != nil {
					t.Error(err)
				}
				got := inbox.Only(t)
				if got.Body != body || got.User != "user" || got.From != "ä@client.example" || !got.Opts.UTF8 ||
					!got.Opts.RequireTLS || got.Opts.EnvelopeID != "id+1" || got.Opts.Return != ehlo.ReturnFULL ||
					got.RcptOpts[0].OriginalRecipient != "x+y@z.example" {
					t.Errorf("%+v %+v, %d of %d octets", got.Opts, got.RcptOpts[0], len(got.Body), len(body))
				}
			})
		}
	}
}

func TestOurClientToGoLMTP(t *testing.T) {
	addr, inbox := startGo(t, func(s *gosmtp.Server) { s.LMTP = true })
	c := dial(t, addr, &client.Options{LMTP: true})
	outcomes, err := c.Send(background, &client.Envelope{To: client.To("b@mx.example", "no@mx.example", "c@mx.example")},
		strings.NewReader("x\r\n"))
	if err != nil || outcomes[0].Verdict != ehlo.VerdictAccepted || outcomes[1].Verdict != ehlo.VerdictFailed ||
		outcomes[2].Verdict != ehlo.VerdictAccepted || len(inbox.Only(t).To) != 2 {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// Postfix's. What other programs say to our server tests/clients has, whose suite is run against ehlo-sink too.
func TestOurClientToSMTPSink(t *testing.T) {
	for _, lmtp := range []bool{false, true} {
		listener := mailtest.Listen(t)
		addr := listener.Addr().String()
		listener.Close() // smtp-sink cannot report a port that it was given
		args := []string{addr, "100"}
		if lmtp {
			args = append([]string{"-L"}, args...)
		}
		if os.Geteuid() == 0 {
			args = append([]string{"-u", "nobody"}, args...)
		}
		command := exec.Command("/usr/sbin/smtp-sink", args...)
		check(t, command.Start())
		defer func() {
			command.Process.Kill()
			command.Wait()
		}()
		var c *client.Client
		var err error
		for range 100 {
			if c, err = client.Dial(background, "tcp", addr, &client.Options{LMTP: lmtp}); err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		check(t, err)
		for _, body := range mailtest.Bodies() {
			sendAll(t, c, client.To("b@mx.example", "c@mx.example"), body)
		}
		if err := c.Quit(background); err != nil {
			t.Error(err)
		}
	}
}
