package client

import (
	"context"
	"errors"
	"fmt"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// SASLClient is one exchange of a mechanism, of the shape that github.com/emersion/go-sasl has.
type SASLClient interface {
	// Start gives the mechanism and the initial response; nil: there is none.
	Start() (mechanism string, response []byte, err error)
	// Next answers a challenge. An error cancels the exchange.
	Next(challenge []byte) (response []byte, err error)
}

func (c *Client) authenticate(ctx context.Context, mechanism SASLClient) error {
	name, response, err := mechanism.Start()
	if err != nil {
		return err
	}
	c.sasl, c.saslErr, c.reply = mechanism, nil, nil
	defer func() { c.sasl = nil }()
	called := c.session.Auth(name, response)
	if errors.Is(called, ehlo.ErrTLSRequired) {
		called = fmt.Errorf("no authentication without TLS: %w", called)
	}
	err = c.do(ctx, called, func() bool { return c.reply != nil })
	if err == nil && c.saslErr != nil {
		return c.saslErr
	}
	return c.refusal(err)
}

// Plain authenticates with SASL PLAIN (RFC 4616); `authzid` may be empty.
func Plain(authzid, user, password string) SASLClient { return plain{authzid, user, password} }

type plain struct{ authzid, user, password string }

func (p plain) Start() (string, []byte, error) {
	message, err := ehlo.AppendPlain(nil, p.authzid, p.user, p.password)
	return "PLAIN", message, err
}

func (p plain) Next([]byte) ([]byte, error) { return nil, errors.New("client: a challenge of PLAIN") }

// Login authenticates with LOGIN, which is not a standard, and asked for all the same.
func Login(user, password string) SASLClient { return &login{answers: []string{user, password}} }

type login struct{ answers []string }

func (l *login) Start() (string, []byte, error) { return "LOGIN", nil, nil }

func (l *login) Next([]byte) ([]byte, error) {
	if len(l.answers) == 0 {
		return nil, errors.New("client: a third challenge of LOGIN")
	}
	answer := []byte(l.answers[0])
	l.answers = l.answers[1:]
	return answer, nil
}
