package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
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

// caseApp is the application of a case, and what it has accepted.
type caseApp struct {
	*vector
	mu   sync.Mutex
	kept []mail
}

// caseVisit is a session with it.
type caseVisit struct {
	*caseApp
	current mail
}

func (m *caseApp) NewSession(context.Context, *server.Conn) (server.Session, error) {
	return &caseVisit{caseApp: m}, nil
}

func (m *caseApp) answer(verb string, code int) error {
	text, given := m.App.ReplyText[verb]
	switch {
	case code != 0 && given:
		return &server.Reply{Code: code, Text: text}
	case code != 0:
		return &server.Reply{Code: code, Text: "refused by the application"}
	case given:
		return server.OK(text)
	}
	return nil
}

// refusal is the code of the message for a recipient, each of whom has one of its own in LMTP alone; 0: accepted.
func (m *caseApp) refusal(recipient int, status server.StatusCollector) int {
	reply := m.App.MessageReply
	if list, ok := reply.([]any); ok {
		if status == nil {
			recipient = 0
		}
		reply = list[recipient]
	}
	if code, ok := reply.(float64); ok && code != 250 {
		return int(code)
	}
	return 0
}

func (s *caseVisit) Mail(_ context.Context, from string, _ *server.MailOptions) error {
	s.current = mail{from: from}
	return s.answer("MAIL", s.App.RejectMail[from])
}

func (s *caseVisit) Rcpt(_ context.Context, to string, _ *server.RcptOptions) error {
	code := s.App.RejectRcpt[to]
	if code == 0 {
		s.current.to = append(s.current.to, to)
	}
	return s.answer("RCPT", code)
}

func (s *caseVisit) Data(ctx context.Context, r io.Reader) error { return s.LMTPData(ctx, r, nil) }

func (s *caseVisit) LMTPData(_ context.Context, r io.Reader, status server.StatusCollector) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	kept := mail{from: s.current.from, body: string(body)}
	for i, to := range s.current.to {
		if s.refusal(i, status) == 0 {
			kept.to = append(kept.to, to)
		}
	}
	if len(kept.to) != 0 {
		s.mu.Lock()
		s.kept = append(s.kept, kept)
		s.mu.Unlock()
	}
	if status != nil { // the client may have these replies before this returns
		for i := range s.current.to {
			status.SetStatus(i, s.answer("DATA", s.refusal(i, status)))
		}
	}
	return s.answer("DATA", s.refusal(0, status))
}

func (s *caseVisit) Reset()        { s.current = mail{} }
func (s *caseVisit) Logout() error { return nil }

func (s *caseVisit) Auth(_ context.Context, mechanism string) (server.SASLServer, error) {
	check := func(user, password string) error {
		if known, ok := s.App.Credentials[user]; ok && known == password {
			return nil
		}
		return server.Refuse(535, 5, 7, 8, "refused by the application")
	}
	switch strings.ToUpper(mechanism) {
	case "LOGIN":
		return server.Login(check), nil
	case "PLAIN":
		return server.Plain(func(_, user, password string) error { return check(user, password) }), nil
	}
	return nil, server.Refuse(504, 5, 5, 4, "no such mechanism")
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
func (v *vector) play(t *testing.T, certificate tls.Certificate, size int) {
	m := &caseApp{vector: v}
	s := &server.Server{Hostname: "receiver.test", Backend: m, LMTP: v.Config.Protocol == "lmtp",
		RequireTLS: v.Config.RequireTLS, RequireAuth: v.Config.RequireAuth, PlaintextAuth: !v.Config.AuthRequiresTLS,
		TLSConfig:       &tls.Config{Certificates: []tls.Certificate{certificate}},
		MaxMessageBytes: v.Config.SizeLimit, Configure: v.options,
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
		m.compare(t, n)
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

// compare holds what was accepted against a step.
func (m *caseApp) compare(t *testing.T, n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	step := &m.Steps[n]
	if step.MessagesCount != nil && len(m.kept) != *step.MessagesCount ||
		step.MessagesMax != nil && len(m.kept) > *step.MessagesMax {
		t.Errorf("step %d: %d messages", n, len(m.kept))
	}
	if step.Messages == nil {
		return
	}
	var wanted []mail
	for _, one := range *step.Messages {
		wanted = append(wanted, mail{from: string(octetsOf(one.From)), body: string(octetsOf(one.Body))})
		for _, to := range one.To.([]any) {
			wanted[len(wanted)-1].to = append(wanted[len(wanted)-1].to, string(octetsOf(to)))
		}
	}
	if !slices.EqualFunc(m.kept, wanted, func(a, b mail) bool {
		return a.from == b.from && a.body == b.body && slices.Equal(a.to, b.to)
	}) {
		t.Errorf("step %d: the messages are %v, not %v", n, m.kept, wanted)
	}
}

func TestSessionsOfTheVectors(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "tests", "vectors")
	certificate := certificate(t)
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
					v.play(t, certificate, size)
				}
			})
		}
	}
}
