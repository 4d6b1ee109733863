package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/client"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

func TestTLSAndAuthentication(t *testing.T) {
	own, trusting := mailtest.TLS(t)
	b := newBox()
	s := &server.Server{Backend: b, TLSConfig: own, AuthMechanisms: []string{"PLAIN", "LOGIN"}, RequireTLS: true, RequireAuth: true}
	addr := serve(t, s)
	for _, auth := range []func() client.SASLClient{
		func() client.SASLClient { return client.Plain("", "user", "pass") },
		func() client.SASLClient { return client.Login("user", "pass") },
	} {
		for _, security := range []client.Security{client.IfOffered, client.Required} {
			c := dial(t, addr, &client.Options{TLSConfig: trusting, Security: security, Auth: auth()})
			accepted(t, c, strings.NewReader("x\r\n"))
			if _, ok := c.TLS(); !ok || b.Last(t).With != "ESMTPSA" {
				t.Errorf("TLS %v, %s", ok, b.Last(t).With)
			}
		}
	}
	_, err := client.Dial(background, "tcp", addr, &client.Options{TLSConfig: trusting, Auth: client.Plain("", "user", "no")})
	var reply *client.Reply
	if !errors.As(err, &reply) || reply.Code != 535 || reply.Text != "wrong password" {
		t.Errorf("a wrong password: %v", err)
	}
	if _, err := client.Dial(background, "tcp", addr, nil); err == nil {
		t.Error("a certificate that nobody trusts is trusted")
	}
	implicit := serve(t, &server.Server{Backend: b, TLSConfig: own, ImplicitTLS: true})
	usable(t, dial(t, implicit, &client.Options{TLSConfig: trusting, Security: client.Implicit}))
}

func TestPlaintextBehindTheAnswerToStartTLS(t *testing.T) {
	addr := script(t, "220 mx.example\r\n", answers{"STARTTLS": "220 go\r\n250 injected\r\n",
		"EHLO": "250-mx.example\r\n250 STARTTLS\r\n"})
	if _, err := client.Dial(background, "tcp", addr, nil); !errors.Is(err, ehlo.ErrTLSInjection) {
		t.Errorf("%v", err)
	}
}

func TestAHandshakeHasAnEnd(t *testing.T) {
	silent := script(t, "", nil)
	ctx, cancel := context.WithTimeout(background, 5*time.Second)
	defer cancel()
	options := client.Options{Security: client.Implicit, Patience: 50 * time.Millisecond}
	if _, err := client.Dial(ctx, "tcp", silent, &options); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// whatIsSaid gives all lines that a client says to a server that gives these answers.
func whatIsSaid(t *testing.T, say answers, options *client.Options) (lines []string, err error) {
	t.Helper()
	near, far := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		converse(far, "220 mx.example\r\n", func(line string) string {
			lines = append(lines, line)
			return say.to(line)
		})
	}()
	c, err := client.New(background, near, options)
	if err == nil {
		c.Close()
	}
	<-done
	return lines, err
}

func TestNoPasswordWithoutTLS(t *testing.T) {
	say := answers{"": "235 ok\r\n", "EHLO": "250-mx.example\r\n250 AUTH PLAIN\r\n"} // STARTTLS was taken out
	options := client.Options{Auth: client.Plain("", "user", "secret")}
	lines, err := whatIsSaid(t, say, &options)
	if !errors.Is(err, ehlo.ErrTLSRequired) || len(lines) != 1 || !strings.HasPrefix(lines[0], "EHLO") {
		t.Errorf("%v, %q", err, lines)
	}
	options.PlaintextAuth = true
	if _, err := whatIsSaid(t, say, &options); err != nil {
		t.Error(err)
	}
}

func TestSTARTTLSThatIsOfferedIsNotGivenUp(t *testing.T) {
	say := answers{"EHLO": "250-mx.example\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n"}
	for _, security := range []client.Security{client.IfOffered, client.Required} {
		options := &client.Options{Hostname: "client.example", Security: security, PlaintextAuth: true,
			Auth: client.Plain("", "user", "secret"), Patience: 100 * time.Millisecond,
			TLSConfig: &tls.Config{InsecureSkipVerify: true}}
		say["STARTTLS"] = "454 4.7.0 not now\r\n"
		lines, err := whatIsSaid(t, say, options)
		var reply *client.Reply
		if !errors.As(err, &reply) || reply.Code != 454 || reply.Verb != ehlo.VerbSTARTTLS {
			t.Errorf("refused: %v", err)
		}
		if !slices.Equal(lines, []string{"EHLO client.example", "STARTTLS"}) {
			t.Errorf("refused: the client says %q", lines)
		}
		say["STARTTLS"] = "220 go\r\n"
		lines, err = whatIsSaid(t, say, options)
		if err == nil || len(lines) < 3 || lines[1] != "STARTTLS" {
			t.Fatalf("no handshake: %v, %q", err, lines)
		}
		if rest := strings.Join(lines[2:], ""); rest[0] != 22 || strings.Contains(rest, "AUTH") {
			t.Errorf("instead of a handshake the client says %q", rest)
		}
	}
	lines, err := whatIsSaid(t, say, &client.Options{Hostname: "client.example", Security: client.Never})
	if err != nil || !slices.Equal(lines, []string{"EHLO client.example"}) {
		t.Errorf("never: %v, %q", err, lines)
	}
}

// A program that has done the handshake itself need not say that authentication in clear text is all right.
func TestAConnectionWithinTLSMayAuthenticate(t *testing.T) {
	own, trusting := mailtest.TLS(t)
	for _, security := range []client.Security{client.IfOffered, client.Required, client.Implicit} {
		addr := serve(t, &server.Server{Backend: newBox(), TLSConfig: own, ImplicitTLS: true, AuthMechanisms: []string{"PLAIN"}})
		config := trusting.Clone()
		config.ServerName = "127.0.0.1"
		nc, err := tls.Dial("tcp", addr, config)
		check(t, err)
		c, err := client.New(background, nc, &client.Options{Security: security, Auth: client.Plain("", "user", "pass")})
		check(t, err)
		c.Close()
	}
}

// A value that is none must not be taken for "no TLS".
func TestSecurityThatIsNoneIsRefused(t *testing.T) {
	for _, security := range []client.Security{-1, client.Never + 1} {
		near, far := net.Pipe()
		if _, err := client.New(background, near, &client.Options{Security: security}); !errors.Is(err, ehlo.ErrArgument) {
			t.Errorf("%d: %v", security, err)
		}
		if _, err := far.Write([]byte("220 mx.example\r\n")); err == nil {
			t.Error("the connection is open")
		}
	}
}
