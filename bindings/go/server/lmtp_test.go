package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

type lmtpSession struct{ *recording }

func (s lmtpSession) LMTPData(ctx context.Context, r io.Reader, status server.StatusCollector) error {
	if err := s.Data(ctx, r); err != nil {
		return err
	}
	status.SetStatus(1, server.Refuse(452, 4, 2, 2, "mailbox full"))
	status.SetStatus(2, server.OK("in the folder"))
	return nil
}

func openLMTP(t *testing.T, s *server.Server) *peer {
	t.Helper()
	s.LMTP = true
	p := dial(t, start(t, s))
	p.expect("220")
	p.talk("LHLO client.example\r\n", "250")
	return p
}

func TestLMTPAnswersForEachRecipient(t *testing.T) {
	r := mailtest.NewBox()
	r.Wrap = func(s *recording) server.Session { return lmtpSession{s} }
	p := openLMTP(t, &server.Server{Backend: r})
	commands := "MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nRCPT TO:<no@mx.example>\r\n" +
		"RCPT TO:<c@mx.example>\r\nRCPT TO:<b@mx.example>\r\n"
	p.talk(commands+"DATA\r\n", "250", "250", "550", "250", "250", "354")
	p.talk("x\r\n.\r\n", "250", "452 4.2.2 mailbox full", "250 2.0.0 in the folder")
	p.talk(commands, "250", "250", "550", "250", "250")
	p.talk("BDAT 1 LAST\r\nx", "250", "452", "250")
	p.talk("NOOP\r\n", "250")
}

// More than the session holds replies for at a time.
func TestLMTPWithManyRecipients(t *testing.T) {
	p := openLMTP(t, &server.Server{Backend: &recorder{}})
	lines, codes := envelope(100)
	for range 2 {
		p.talk(lines+"DATA\r\n", append(codes, "354")...)
		p.talk("x\r\n.\r\nNOOP\r\n", codes...)
	}
}

func TestLMTPWithoutStatusCountsForAll(t *testing.T) {
	r := &recorder{OnData: func(_ context.Context, body io.Reader) error { return server.Refuse(554, 5, 6, 0, "no") }}
	p := openLMTP(t, &server.Server{Backend: r})
	p.talk(transaction+"RCPT TO:<c@mx.example>\r\nDATA\r\n", "250", "250", "250", "354")
	p.talk("x\r\n.\r\n", "554 5.6.0 no", "554 5.6.0 no")
	p.talk("NOOP\r\n", "250")
}

// deliverer is a session whose LMTPData is the test's.
type deliverer struct {
	*recording
	deliver func(ctx context.Context, r io.Reader, status server.StatusCollector) error
}

func (d deliverer) LMTPData(ctx context.Context, r io.Reader, status server.StatusCollector) error {
	return d.deliver(ctx, r, status)
}

// delivering gives a client of an LMTP server that delivers as the test says.
func delivering(t *testing.T, log *lines, deliver func(ctx context.Context, r io.Reader, status server.StatusCollector) error) *peer {
	t.Helper()
	r := &recorder{Wrap: func(s *recording) server.Session { return deliverer{s, deliver} }}
	return openLMTP(t, &server.Server{Backend: r, Log: slog.New(slog.NewTextHandler(log, nil))})
}

// envelope gives the lines of one with so many recipients, and the codes of the replies.
func envelope(recipients int) (lines string, codes []string) {
	lines, codes = "MAIL FROM:<a@client.example>\r\n", []string{"250"}
	for i := range recipients {
		lines, codes = fmt.Sprintf("%sRCPT TO:<%d@mx.example>\r\n", lines, i), append(codes, "250")
	}
	return lines, codes
}

// to sends an envelope with so many recipients, and DATA.
func (p *peer) to(recipients int) {
	p.t.Helper()
	lines, codes := envelope(recipients)
	p.talk(lines+"DATA\r\n", append(codes, "354")...)
}

// expectSilence checks that nothing is said for a while.
func (p *peer) expectSilence() {
	p.t.Helper()
	p.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if line, err := p.in.ReadString('\n'); err == nil || line != "" {
		p.t.Errorf("%q is said too early", line)
	}
	p.conn.SetReadDeadline(time.Now().Add(20 * time.Second))
}

// gate stops a handler until the test lets it go on, or ends.
type gate chan struct{}

func (g gate) wait(ctx context.Context) {
	select {
	case <-g:
	case <-ctx.Done():
	}
}

func (g gate) open(t *testing.T) {
	t.Helper()
	select {
	case g <- struct{}{}:
	case <-time.After(20 * time.Second):
		t.Fatal("no handler waits")
	}
}

func TestAReplyLeavesWhileLMTPDataGoesOn(t *testing.T) {
	next := make(gate)
	p := delivering(t, &lines{}, func(ctx context.Context, r io.Reader, status server.StatusCollector) error {
		io.Copy(io.Discard, r)
		status.SetStatus(0, server.OK("in the first mailbox"))
		next.wait(ctx)
		status.SetStatus(2, server.Refuse(452, 4, 2, 2, "full"))
		next.wait(ctx)
		status.SetStatus(1, nil)
		next.wait(ctx)
		return server.Refuse(554, 5, 6, 0, "for all others")
	})
	for range 2 {
		p.to(5)
		p.talk("x\r\n.\r\n", "250 2.0.0 in the first mailbox")
		p.expectSilence()
		next.open(t)
		p.expectSilence() // replies keep the order of RCPT
		next.open(t)
		p.expect("250", "452 4.2.2 full")
		p.expectSilence()
		next.open(t)
		p.expect("554 5.6.0 for all others", "554 5.6.0 for all others")
	}
	p.talk("NOOP\r\n", "250")
}

// What is known before the content has come to its end is said then, by the Read that finds it.
func TestAStatusSetEarlyLeavesWithTheEndOfTheContent(t *testing.T) {
	for _, how := range []string{"Read", "WriteTo"} {
		next := make(gate)
		p := delivering(t, &lines{}, func(ctx context.Context, r io.Reader, status server.StatusCollector) error {
			status.SetStatus(0, server.OK("said before"))
			if how == "Read" {
				io.ReadAll(r)
			} else {
				io.Copy(io.Discard, r)
			}
			next.wait(ctx)
			return nil
		})
		p.to(2)
		p.send("x\r\n")
		p.expectSilence()
		p.talk(".\r\n", "250 2.0.0 said before")
		p.expectSilence()
		next.open(t)
		p.expect("250")
		p.talk("MAIL FROM:<a@client.example>\r\nRCPT TO:<b@mx.example>\r\nRCPT TO:<c@mx.example>\r\n", "250", "250", "250")
		p.talk("BDAT 3\r\nx\r\nBDAT 3 LAST\r\ny\r\n", "250", "250 2.0.0 said before")
		p.expectSilence()
		next.open(t)
		p.expect("250")
		p.talk("NOOP\r\n", "250")
	}
}

// More recipients than the session holds replies for at a time, each delivered to on its own, and commands after them.
func TestStatusesComeFromManyGoroutines(t *testing.T) {
	const many = 200
	next := make(gate)
	p := delivering(t, &lines{}, func(ctx context.Context, r io.Reader, status server.StatusCollector) error {
		var all sync.WaitGroup
		for i := range many {
			all.Add(1)
			go func() {
				defer all.Done()
				status.SetStatus(i, server.OK(fmt.Sprint("number ", i)))
			}()
		}
		io.Copy(io.Discard, r)
		all.Wait()
		next.wait(ctx)
		return errors.New("nobody is left for this")
	})
	for range 3 {
		p.to(many)
		p.send("x\r\n.\r\nNOOP\r\nRSET\r\n")
		for i := range many {
			p.expect(fmt.Sprint("250 2.0.0 number ", i))
		}
		next.open(t)
		p.expect("250", "250")
	}
}

func TestAStatusHasNoEffectInSMTP(t *testing.T) {
	r := &recorder{Wrap: func(s *recording) server.Session { return lmtpSession{s} }}
	p := open(t, start(t, &server.Server{Backend: r}))
	p.talk(transaction+"RCPT TO:<c@mx.example>\r\nDATA\r\n", "250", "250", "250", "354")
	p.talk("x\r\n.\r\n", "250")
	p.talk("NOOP\r\n", "250")
}

func TestTheFirstStatusCounts(t *testing.T) {
	log := &lines{}
	var kept server.StatusCollector
	p := delivering(t, log, func(_ context.Context, r io.Reader, status server.StatusCollector) error {
		if kept != nil {
			kept.SetStatus(0, server.Refuse(554, 5, 6, 0, "of another message"))
		}
		kept = status
		io.Copy(io.Discard, r)
		status.SetStatus(-1, nil)
		status.SetStatus(2, nil)
		status.SetStatus(1, server.Refuse(452, 4, 2, 2, "full"))
		status.SetStatus(1, nil)
		status.SetStatus(0, typedNil())
		return nil
	})
	for range 2 {
		p.to(2)
		p.talk("x\r\n.\r\n", "451 4.3.0", "452 4.2.2 full")
	}
	p.talk("NOOP\r\n", "250")
	if !log.has("number -1 of 2") || !log.has("number 2 of 2") {
		t.Errorf("%q", log.octets.String())
	}
}

// A recipient that has its reply keeps it; the others get 421.
func TestAPanicBehindTheFirstReply(t *testing.T) {
	p := delivering(t, &lines{}, func(_ context.Context, r io.Reader, status server.StatusCollector) error {
		go func() {
			for i := range 100 {
				status.SetStatus(i%2, nil)
				r.Read(make([]byte, 1))
			}
		}()
		io.Copy(io.Discard, r)
		status.SetStatus(0, nil)
		panic("the third mailbox")
	})
	p.to(3)
	p.send("x\r\n.\r\n")
	p.expect("250")
	for reply := p.expect(""); reply[:3] != "421"; reply = p.expect("") {
		if reply[:3] != "250" {
			t.Errorf("%q", reply)
		}
	}
}

// Content that the library refuses has its refusal, whatever was said before.
func TestAStatusIsNoAcceptanceOfWrongContent(t *testing.T) {
	p := delivering(t, &lines{}, func(_ context.Context, r io.Reader, status server.StatusCollector) error {
		status.SetStatus(0, nil)
		io.Copy(io.Discard, r)
		status.SetStatus(1, nil)
		return nil
	})
	p.to(2)
	p.talk("x\ny\r\n.\r\n", "550", "550")
	p.talk("NOOP\r\n", "250")
}
