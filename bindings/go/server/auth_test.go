package server_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/libehlo/libehlo/bindings/go/server"
)

// turns is a mechanism that gives what a test says, whatever the client says.
type turns []struct {
	challenge string
	done      bool
	err       error
}

func (s *turns) Next([]byte) ([]byte, bool, error) {
	one := (*s)[0]
	*s = (*s)[1:]
	return []byte(one.challenge), one.done, one.err
}

// scripted is a session whose Auth gives what a test says.
type scripted struct {
	*recording
	auth func() (server.SASLServer, error)
}

func (s scripted) Auth(context.Context, string) (server.SASLServer, error) { return s.auth() }

// authenticating gives a client of a server with the mechanism X of a test.
func authenticating(t *testing.T, log *lines, auth func() (server.SASLServer, error)) *peer {
	t.Helper()
	r := &recorder{Wrap: func(s *recording) server.Session { return scripted{s, auth} }}
	return open(t, start(t, &server.Server{Backend: r, AuthMechanisms: []string{"X"}, PlaintextAuth: true, RequireAuth: true,
		Log: slog.New(slog.NewTextHandler(log, nil))}))
}

func playing(list turns) func() (server.SASLServer, error) {
	return func() (server.SASLServer, error) {
		own := append(turns(nil), list...)
		return &own, nil
	}
}

func TestOnlyAnExplicitYesAuthenticates(t *testing.T) {
	var none *turns
	refuse := func(err error) func() (server.SASLServer, error) {
		return playing(turns{{done: true, err: err}})
	}
	type attempt struct {
		auth  func() (server.SASLServer, error)
		lines []string // and the code of the reply to each
		codes []string
	}
	whole := []string{"AUTH X eA==\r\n"}
	cases := map[string]attempt{
		"no mechanism":            {func() (server.SASLServer, error) { return nil, nil }, whole, []string{"454"}},
		"a mechanism that is nil": {func() (server.SASLServer, error) { return none, nil }, whole, []string{"454"}},
		"an acceptance of Auth":   {func() (server.SASLServer, error) { return nil, server.OK("come in") }, whole, []string{"454"}},
		"an acceptance of Auth beside a mechanism": {
			func() (server.SASLServer, error) { return &turns{{done: true}}, server.OK("come in") }, whole, []string{"454"}},
		"a nil *Reply of Auth":                     {func() (server.SASLServer, error) { return &turns{{done: true}}, typedNil() }, whole, []string{"454"}},
		"done before the client has said anything": {playing(turns{{done: true}}), []string{"AUTH X\r\n"}, []string{"454"}},
		"a last challenge before the client has said anything": {
			playing(turns{{challenge: "c", done: true}}), []string{"AUTH X\r\n"}, []string{"454"}},
		"an acceptance without done": {playing(turns{{err: server.OK("fine")}}), whole, []string{"454"}},
		"text behind the last challenge": {playing(turns{{challenge: "c", done: true}}), []string{whole[0], "eA==\r\n"},
			[]string{"334", "535"}},
		"the last challenge is given up": {playing(turns{{challenge: "c", done: true}}), []string{whole[0], "*\r\n"},
			[]string{"334", "501"}},
		"a refusal": {refuse(server.Refuse(550, 5, 7, 1, "no")), whole, []string{"550 5.7.1 no"}},
		"an error":  {refuse(errors.New("235 ok")), whole, []string{"535 5.7.8"}},
	}
	for name, mistake := range mistakes {
		cases["done and "+name] = attempt{refuse(mistake), whole, []string{""}}
	}
	for name, one := range cases {
		t.Run(name, func(t *testing.T) {
			p := authenticating(t, &lines{}, one.auth)
			for i, line := range one.lines {
				reply := p.talk(line, one.codes[i])
				if reply[0] == '2' || (reply[0] == '3' && i == len(one.lines)-1) {
					t.Errorf("%q", reply)
				}
			}
			p.talk("MAIL FROM:<a@client.example>\r\n", "530")
		})
	}
}

func TestAnExplicitYesAuthenticates(t *testing.T) {
	for _, one := range []struct {
		list  turns
		lines []string
		codes []string
	}{
		{turns{{done: true}}, []string{"AUTH X eA==\r\n"}, []string{"235 2.7.0"}},
		{turns{{done: true}}, []string{"AUTH X =\r\n"}, []string{"235 2.7.0"}},
		{turns{{}, {done: true, err: server.OK("welcome")}}, []string{"AUTH X\r\n", "eA==\r\n"}, []string{"334", "235 2.7.0 welcome"}},
		{turns{{challenge: "c", done: true, err: server.OK("welcome")}}, []string{"AUTH X eA==\r\n", "\r\n"},
			[]string{"334 Yw==", "235 2.7.0 welcome"}},
	} {
		p := authenticating(t, &lines{}, playing(one.list))
		for i, line := range one.lines {
			if got := p.talk(line, one.codes[i][:3]); got[:min(len(got), len(one.codes[i]))] != one.codes[i] {
				t.Errorf("%q, not %q", got, one.codes[i])
			}
		}
		p.talk("MAIL FROM:<a@client.example>\r\n", "250")
	}
}

// The hook of a session that panics while it checks a password has accepted nobody.
func TestAPanicAuthenticatesNobody(t *testing.T) {
	log := &lines{}
	p := authenticating(t, log, func() (server.SASLServer, error) { return server.Plain(nil), nil })
	p.talk("AUTH X AHVzZXIAc2VjcmV0\r\n", "421")
	p.expectEnd()
}

func TestAWrongPasswordIsNoErrorOfTheServer(t *testing.T) {
	for name, refusal := range map[string]error{"an error": errors.New("user1 gave secret1"), "ErrAuthFailed": server.ErrAuthFailed,
		"a refusal": server.Refuse(535, 5, 7, 8, "user1, secret1 is wrong"), "a wrapped refusal": fmt.Errorf("user1: %w", server.ErrAuthFailed)} {
		log := &lines{}
		p := authenticating(t, log, func() (server.SASLServer, error) {
			return server.Plain(func(_, user, password string) error { return refusal }), nil
		})
		p.talk("AUTH X AHVzZXIxAHNlY3JldDE=\r\n", "535 5.7.8")
		if log.has("ERROR") || log.has("user1") || log.has("secret1") || !log.has("level=INFO msg=\"authentication refused\" mechanism=X code=535") {
			t.Errorf("%s is logged as %q", name, log.octets.String())
		}
	}
}

func TestAPasswordThatCannotBeCheckedIsAnErrorOfTheServer(t *testing.T) {
	down := errors.New("the database is down")
	for _, auth := range []func() (server.SASLServer, error){
		func() (server.SASLServer, error) { return nil, down },
		func() (server.SASLServer, error) {
			return server.Plain(func(_, _, _ string) error { return fmt.Errorf("%w: %w", server.ErrAuthUnavailable, down) }), nil
		},
	} {
		log := &lines{}
		p := authenticating(t, log, auth)
		p.talk("AUTH X AHVzZXIxAHNlY3JldDE=\r\n", "454 4.7.0")
		if !log.has("level=ERROR") || !log.has("the database is down") {
			t.Errorf("%q", log.octets.String())
		}
	}
}
