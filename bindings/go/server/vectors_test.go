package server_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

// A case of sessions.jsonl, see tests/vectors/README.md. Whether it is right in all that it says is the business of the
// runner of the vectors; here it is played against a server of this package and its program.
type vector struct {
	ID    string
	Steps []struct {
		Send, Expect  any
		Event         string
		Closed        *bool
		Messages      *[]struct{ From, To, Body any }
		MessagesCount *int     `json:"messages_count"`
		MessagesMax   *int     `json:"messages_max"`
		EHLOHas       []string `json:"ehlo_has"`
		EHLOLacks     []string `json:"ehlo_lacks"`
	}
	Config struct {
		Protocol        string
		Extensions      []string
		Auth            []string
		TLS             bool
		SizeLimit       uint64 `json:"size_limit"`
		MaxRcpt         uint32 `json:"max_rcpt"`
		MaxLine         uint32 `json:"max_line"`
		MaxAuthLine     uint32 `json:"max_auth_line"`
		AuthRequiresTLS bool   `json:"auth_requires_tls"`
		RequireTLS      bool   `json:"require_tls"`
		RequireAuth     bool   `json:"require_auth"`
	}
	App struct {
		RejectMail     map[string]int    `json:"reject_mail"`
		RejectRcpt     map[string]int    `json:"reject_rcpt"`
		MessageReply   any               `json:"message_reply"`
		Credentials    map[string]string `json:"credentials"`
		TLSUnavailable bool              `json:"tls_unavailable"`
		ReplyText      map[string]string `json:"reply_text"`
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
	if o.Extensions.Has(ehlo.ExtAUTH) {
		o.Mechanisms = strings.Join(v.Config.Auth, " ")
	} else {
		o.Mechanisms = ""
	}
	o.BelowMinimum, o.MaxErrors, o.MaxAuthAttempts, o.MaxIdleCommands = true, 0, 0, 0
	o.MaxLineOctets = v.Config.MaxLine
	if v.Config.MaxAuthLine != 0 {
		o.MaxAuthLineOctets = v.Config.MaxAuthLine
	}
	if v.Config.MaxRcpt != 0 {
		o.MaxRecipients = v.Config.MaxRcpt
	}
}

// visit is a session with the application of a case.
type visit struct {
	mailtest.Guarded
	*vector
}

func (v *vector) application() *mailtest.Box {
	return &mailtest.Box{
		Users:  v.App.Credentials,
		OnMail: func(_ context.Context, from string) error { return v.answer("MAIL", v.App.RejectMail[from]) },
		OnRcpt: func(_ context.Context, to string) error { return v.answer("RCPT", v.App.RejectRcpt[to]) },
		Wrap:   func(s *recording) server.Session { return visit{mailtest.Guarded{Session: s}, v} },
	}
}

func (v *vector) answer(verb string, code int) error {
	text, given := v.App.ReplyText[verb]
	if code == 0 && !given {
		return nil
	}
	if !given {
		text = "refused by the application"
	}
	return &server.Reply{Code: cmp.Or(code, 250), Text: text}
}

// refusal is the code of the message for a recipient, each of whom has one of its own in LMTP alone; 0: accepted.
func (v *vector) refusal(recipient int) int {
	reply := v.App.MessageReply
	if list, ok := reply.([]any); ok {
		if v.Config.Protocol != "lmtp" {
			recipient = 0
		}
		reply = list[recipient]
	}
	if code, ok := reply.(float64); ok && code != 250 {
		return int(code)
	}
	return 0
}

func (v visit) LMTPData(ctx context.Context, r io.Reader, status server.StatusCollector) error {
	if err := v.Data(ctx, r); err != nil {
		return err
	}
	for i := range v.Current.To {
		status.SetStatus(i, v.answer("DATA", v.refusal(i)))
	}
	return v.answer("DATA", v.refusal(0))
}

// canServe says whether a server of this package has what the case is about: it has a clock of its own, and refuses no
// handshake that it offers.
func (v *vector) canServe() bool {
	var sent []byte
	for _, step := range v.Steps {
		if step.Send != nil {
			sent = octetsOf(step.Send)
		}
		handshake := step.Event == "tls" || step.Event == "tls-failed"
		if step.Event == "timeout" || (handshake && !bytes.Contains(sent, startTLS)) {
			return false
		}
	}
	return !v.App.TLSUnavailable && !v.Config.TLS
}

var startTLS = []byte("STARTTLS\r\n")

// play plays the case, its octets in pieces of a size; 0: whole.
func (v *vector) play(t *testing.T, secure *tls.Config, size int) {
	app := v.application()
	s := &server.Server{Hostname: "receiver.test", Backend: app, LMTP: v.Config.Protocol == "lmtp",
		RequireTLS: v.Config.RequireTLS, RequireAuth: v.Config.RequireAuth, PlaintextAuth: !v.Config.AuthRequiresTLS,
		TLSConfig: secure, MaxMessageBytes: v.Config.SizeLimit, Configure: v.options,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))}
	p := dial(t, start(t, s))
	var keywords []string
	closed := false
	for n, step := range v.Steps {
		octets := octetsOf(step.Send)
		size := size
		// What stands behind STARTTLS goes together with it: what comes after the 220 is the handshake's.
		if at := bytes.Index(octets, startTLS); size == 0 || (at >= 0 && at+len(startTLS) < len(octets)) {
			size = len(octets)
		}
		for len(octets) != 0 {
			piece := min(len(octets), size)
			p.conn.Write(octets[:piece]) // a server that has closed is seen below
			octets = octets[piece:]
		}
		switch step.Event {
		case "tls":
			p = p.secure()
		case "tls-failed":
			p.send("no handshake at all\r\n")
		case "eof":
			p.conn.(interface{ CloseWrite() error }).CloseWrite()
		}
		expected, _ := step.Expect.([]any)
		for i, codes := range expected {
			reply := strings.Split(p.expect(""), "\n")
			code, _ := strconv.ParseFloat(reply[0][:3], 64)
			list, isList := codes.([]any)
			if code != codes && !(isList && slices.Contains(list, any(code))) {
				t.Fatalf("step %d: reply %d is %q, not %v", n, i, reply, codes)
			}
			if code == 250 && strings.HasPrefix(reply[0][4:], "receiver.test") {
				keywords = nil
				for _, line := range reply[1:] {
					keywords = append(keywords, strings.Fields(line[4:])[0])
				}
			}
		}
		for _, keyword := range slices.Concat(step.EHLOHas, step.EHLOLacks) {
			if slices.Contains(keywords, keyword) != slices.Contains(step.EHLOHas, keyword) {
				t.Errorf("step %d: offered are %v", n, keywords)
			}
		}
		if step.Closed != nil && *step.Closed {
			expectEndOrReset(p)
			closed = true
		}
		v.compare(t, n, app.Taken())
	}
	if !closed {
		if _, secure := p.conn.(*tls.Conn); !secure {
			p.conn.(*net.TCPConn).CloseWrite()
			expectEndOrReset(p)
		}
	}
}

// A server that closes while input is unread resets the connection (RFC 1122 4.2.2.13).
func expectEndOrReset(p *peer) {
	p.t.Helper()
	rest, err := io.ReadAll(p.in)
	if (err != nil && !errors.Is(err, syscall.ECONNRESET)) || len(rest) != 0 {
		p.t.Fatalf("instead of the end: %q, %v", rest, err)
	}
}

// compare holds what was accepted, for those for whom it was, against a step.
func (v *vector) compare(t *testing.T, n int, taken []mailtest.Mail) {
	var kept []mailtest.Mail
	for _, mail := range taken {
		one := mailtest.Mail{From: mail.From, Body: mail.Body}
		for i, to := range mail.To {
			if v.refusal(i) == 0 {
				one.To = append(one.To, to)
			}
		}
		if one.To != nil {
			kept = append(kept, one)
		}
	}
	step := &v.Steps[n]
	if step.MessagesCount != nil && len(kept) != *step.MessagesCount ||
		step.MessagesMax != nil && len(kept) > *step.MessagesMax {
		t.Errorf("step %d: %d messages", n, len(kept))
	}
	if step.Messages == nil {
		return
	}
	var wanted []mailtest.Mail
	for _, message := range *step.Messages {
		one := mailtest.Mail{From: string(octetsOf(message.From)), Body: string(octetsOf(message.Body))}
		for _, to := range message.To.([]any) {
			one.To = append(one.To, string(octetsOf(to)))
		}
		wanted = append(wanted, one)
	}
	if !reflect.DeepEqual(kept, wanted) {
		t.Errorf("step %d: the messages are %v, not %v", n, kept, wanted)
	}
}

func TestSessionsOfTheVectors(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "tests", "vectors")
	secure := tlsConfig(t)
	for _, name := range []string{"sessions.jsonl", filepath.Join("own", "sessions.jsonl")} {
		lines, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range bytes.Split(bytes.TrimSpace(lines), []byte("\n")) {
			v := &vector{}
			v.Config.Extensions = strings.Fields("PIPELINING SIZE 8BITMIME SMTPUTF8 DSN CHUNKING BINARYMIME " +
				"ENHANCEDSTATUSCODES STARTTLS AUTH")
			v.Config.Auth = []string{"PLAIN", "LOGIN"}
			if err := json.Unmarshal(line, v); err != nil {
				t.Fatal(err)
			}
			if !v.canServe() {
				continue
			}
			t.Run(v.ID, func(t *testing.T) {
				for _, size := range []int{0, 1, 3, 100} {
					v.play(t, secure, size)
				}
			})
		}
	}
}
