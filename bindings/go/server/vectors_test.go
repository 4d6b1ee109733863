package server_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

// vector is what a client says in a case of sessions.jsonl, and the limits of the server; see tests/vectors/README.md. What
// is right is the business of the runner of the vectors.
type vector struct {
	ID     string
	Steps  []struct{ Send any }
	Config struct {
		Protocol    string
		Extensions  []string
		SizeLimit   uint64 `json:"size_limit"`
		MaxRcpt     uint32 `json:"max_rcpt"`
		MaxLine     uint32 `json:"max_line"`
		RequireAuth bool   `json:"require_auth"`
	}
}

// octetsOf reads a byte string of the vectors.
func octetsOf(value any) (octets []byte) {
	switch v := value.(type) {
	case string:
		for _, r := range v {
			octets = append(octets, byte(r))
		}
	case []any:
		for _, part := range v {
			octets = append(octets, octetsOf(part)...)
		}
	case map[string]any:
		octets = bytes.Repeat(octetsOf(v["repeat"]), int(v["times"].(float64)))
	}
	return octets
}

func (v *vector) options(o *ehlo.ServerOptions) {
	o.Extensions = ehlo.ExtVRFY | ehlo.ExtEXPN | ehlo.ExtHELP
	for _, keyword := range v.Config.Extensions {
		o.Extensions |= ehlo.ExtensionOf(keyword)
	}
	o.Extensions &^= ehlo.ExtSTARTTLS | ehlo.ExtAUTH
	o.BelowMinimum, o.MaxErrors, o.MaxAuthAttempts, o.MaxIdleCommands = true, 0, 0, 0
	o.RequireAuth, o.MaxMessageOctets, o.MaxLineOctets = v.Config.RequireAuth, v.Config.SizeLimit, v.Config.MaxLine
	o.MaxRecipients = cmp.Or(v.Config.MaxRcpt, o.MaxRecipients)
}

// said is what the library says to the octets, and the content that it takes in.
func (v *vector) said(t *testing.T, octets []byte) (replies, taken string) {
	o := ehlo.DefaultServerOptions()
	o.Hostname = "receiver.test"
	if v.Config.Protocol == "lmtp" {
		o.Protocol = ehlo.LMTP
	}
	v.options(&o)
	config, err := ehlo.NewServerConfig(o)
	check(t, err)
	defer config.Close()
	session, err := ehlo.NewServer(config)
	check(t, err)
	defer session.Close()
	batch, out, body := ehlo.NewServerBatch(0, 0), make([]byte, 4096), ""
	for ended := false; ; {
		check(t, session.Advance(batch, octets, out))
		for i := range batch.Events {
			e := &batch.Events[i]
			switch e.Type {
			case ehlo.ServerEventBody:
				for _, span := range batch.Body(e) {
					body += string(span.BodyIn(octets))
				}
			case ehlo.ServerEventMessage:
				if e.Index == 0 || body != "" {
					taken += body + "\x00"
				}
				body = ""
			case ehlo.ServerEventAbort:
				body = ""
			}
			if e.ID != 0 {
				batch.Accept(e.ID)
			}
		}
		replies += string(out[:batch.Written])
		octets = octets[batch.Consumed:]
		if batch.Written == 0 && batch.Consumed == 0 && len(batch.Events) == 0 {
			if ended {
				return replies, taken
			}
			ended = true
			session.EOF()
		}
	}
}

// play gives what a server of this package says to the octets in pieces of a size, and the content that its program gets.
func (v *vector) play(t *testing.T, octets []byte, size int) (replies, taken string) {
	r := &recorder{}
	p := dial(t, start(t, &server.Server{Hostname: "receiver.test", Backend: r, LMTP: v.Config.Protocol == "lmtp",
		Configure: v.options, Log: quiet()}))
	go func() {
		for len(octets) != 0 {
			n, err := p.conn.Write(octets[:min(size, len(octets))])
			if err != nil {
				return // a server that has closed
			}
			octets = octets[n:]
		}
		p.conn.(*net.TCPConn).CloseWrite()
	}()
	said, err := io.ReadAll(p.in)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) { // input that nobody has read (RFC 1122 4.2.2.13)
		t.Error(err)
	}
	for _, mail := range r.Taken() {
		taken += mail.Body + "\x00"
	}
	return string(said), taken
}

// Whatever a client says and however it is cut, a server says what a session of the library does.
func TestSessionsOfTheVectors(t *testing.T) {
	for _, name := range []string{"sessions.jsonl", "own/sessions.jsonl"} {
		lines, err := os.ReadFile(filepath.Join("../../../tests/vectors", name))
		check(t, err)
		for _, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
			v := &vector{}
			v.Config.Extensions = strings.Fields("PIPELINING SIZE 8BITMIME SMTPUTF8 DSN CHUNKING BINARYMIME ENHANCEDSTATUSCODES")
			check(t, json.Unmarshal(line, v))
			var octets []byte
			for _, step := range v.Steps {
				octets = append(octets, octetsOf(step.Send)...)
			}
			t.Run(v.ID, func(t *testing.T) {
				replies, taken := v.said(t, octets)
				for _, size := range []int{1, 3, 100, len(octets) + 1} {
					if got, kept := v.play(t, octets, size); got != replies || kept != taken {
						t.Errorf("in pieces of %d: %q with %q, not %q with %q", size, got, kept, replies, taken)
					}
				}
			})
		}
	}
}
