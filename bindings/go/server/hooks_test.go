package server_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

type (
	wrongVerify   struct{ *recording }
	noContext     struct{ *recording }
	foreignAuth   struct{ *recording }
	foreignVerify struct{ *recording }
	misspelled    struct{ *recording }
	otherCase     struct{ *recording }
	ofPointer     struct{ *recording }
	wrongData     struct{ *recording }
	ownMethods    struct{ *recording }
)

func (wrongVerify) Verify(context.Context, string) error                      { return nil }
func (noContext) Auth(mechanism string) (server.SASLServer, error)            { return nil, nil }
func (foreignAuth) AuthPlain(username, password string) error                 { return nil }
func (foreignVerify) Vrfy(context.Context, string) error                      { return nil }
func (misspelled) Comand(_ context.Context, verb, args string) error          { return nil }
func (otherCase) LmtpData(context.Context, io.Reader, any) error              { return nil }
func (*ofPointer) Observe(context.Context, server.Observation)                {}
func (wrongData) LMTPData(context.Context, io.Reader, func(int, error)) error { return nil }
func (ownMethods) Hellos() int                                                { return 0 }
func (ownMethods) Verified(context.Context) bool                              { return true }
func (ownMethods) Hello(context.Context, ehlo.Verb, string) error             { return nil }

func TestHooksThatNothingWouldCallAreNamed(t *testing.T) {
	for _, one := range []struct {
		session server.Session
		want    string
	}{
		{wrongVerify{}, "Verify of server_test.wrongVerify is no VerifySession"},
		{noContext{}, "Auth of server_test.noContext is no AuthSession"},
		{foreignAuth{}, "AuthPlain of server_test.foreignAuth is never called: the hook is Auth"},
		{foreignVerify{}, "Vrfy of server_test.foreignVerify is never called: the hook is Verify"},
		{misspelled{}, "Comand of server_test.misspelled is never called: the hook is Command"},
		{otherCase{}, "LmtpData of server_test.otherCase is never called: the hook is LMTPData"},
		{ofPointer{}, "Observe of server_test.ofPointer has a pointer receiver"},
		{wrongData{}, "LMTPData of server_test.wrongData is no LMTPSession"},
		{(*recording)(nil), "the session is nil"},
		{nil, "the session is nil"},
	} {
		if err := server.CheckSession(one.session); err == nil || !strings.Contains(err.Error(), one.want) {
			t.Errorf("instead of %q: %v", one.want, err)
		}
	}
	for _, good := range []server.Session{&recording{}, ownMethods{}, &ofPointer{}, mailtest.Guarded{}, lmtpSession{}, commanding{}} {
		check(t, server.CheckSession(good))
	}
}

// A session with a check that is never called must not go without it.
func TestASessionWithAWrongHookServesNobody(t *testing.T) {
	log := &lines{}
	r := &recorder{Wrap: func(s *recording) server.Session { return foreignAuth{s} }}
	addr := start(t, &server.Server{Backend: r, Log: slog.New(slog.NewTextHandler(log, nil))})
	for range 2 {
		dial(t, addr).expect("421")
	}
	if !log.has("level=ERROR") || !log.has("AuthPlain of server_test.foreignAuth") {
		t.Errorf("%q", log.octets.String())
	}
}

// misplaced is a backend with a hook of its sessions.
type misplaced struct{ *recorder }

func (misplaced) Greet(context.Context) error { return nil }

func TestServeKnowsTheTypesOfTypedBackends(t *testing.T) {
	for want, s := range map[string]*server.Server{
		"Vrfy of server_test.foreignVerify": {Backend: server.BackendOf(
			func(context.Context, *server.Conn) (foreignVerify, error) { return foreignVerify{}, nil })},
		"Greet of server_test.misplaced is never called": {Backend: misplaced{&recorder{}}},
	} {
		if err := s.ListenAndServe(); !errors.Is(err, ehlo.ErrArgument) || !strings.Contains(err.Error(), want) {
			t.Errorf("instead of %q: %v", want, err)
		}
	}
	r := &recorder{}
	typed := server.BackendOf(func(_ context.Context, c *server.Conn) (*recording, error) {
		return &recording{Box: r, Conn: c}, nil
	})
	open(t, start(t, &server.Server{Backend: typed})).talk(transaction, "250", "250")
	refusing := server.BackendOf(func(context.Context, *server.Conn) (*recording, error) { return nil, server.Refuse(554, 5, 7, 1, "no") })
	dial(t, start(t, &server.Server{Backend: refusing})).expect("554")
}
