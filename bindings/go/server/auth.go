package server

import (
	"errors"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// exchange is the AUTH exchange that is going on.
type exchange struct {
	mechanism SASLServer
	done      bool // the last challenge was data that goes with the success
	response  []byte
}

func (c *conn) authenticate(e *ehlo.Event) {
	id := e.ID
	x := &c.exchange
	if e.Type == ehlo.EventAuth {
		*x = exchange{response: x.response}
		session, ok := c.program.(AuthSession)
		if !ok {
			c.answer(id, Refuse(504, 5, 5, 4, "Unrecognized authentication type"))
			return
		}
		mechanism := strings.ToUpper(e.Text.Text(c.view))
		response := e.Response
		var err error
		x.mechanism, err = session.Auth(c.ctx, mechanism)
		c.stopWatching()
		if err != nil || x.mechanism == nil {
			c.answer(id, c.failure(err))
			return
		}
		c.nextChallenge(id, response)
		return
	}
	if x.mechanism == nil {
		c.answer(id, localError)
		return
	}
	c.nextChallenge(id, e.Response)
}

func (c *conn) failure(err error) *Reply {
	if reply := c.replyOf(err, authFailed); reply != nil && reply.Code >= 400 {
		return reply
	}
	return authFailed
}

// success gives the answer to an exchange that is done: an error that accepts brings its text.
func (c *conn) success(err error) *Reply {
	var reply *Reply
	if errors.As(err, &reply) && accepts(reply) {
		return &Reply{235, reply.Enhanced, reply.Text}
	}
	return nil
}

func (c *conn) nextChallenge(id uint32, given ehlo.Span) {
	x := &c.exchange
	var response []byte
	if given.Present() {
		var err error
		if x.response, err = ehlo.AppendBase64Decoded(x.response[:0], given.In(c.view)); err != nil {
			c.answer(id, localError) // the session passes strict base64 alone
			return
		}
		response = x.response
		if response == nil {
			response = []byte{}
		}
	}
	if x.done {
		*x = exchange{}
		c.answer(id, nil)
		return
	}
	challenge, done, err := x.mechanism.Next(response)
	clear(x.response[:cap(x.response)])
	welcome := c.success(err)
	switch {
	case err != nil && !(done && welcome != nil):
		*x = exchange{}
		c.answer(id, c.failure(err))
	case done && len(challenge) == 0:
		*x = exchange{}
		c.answer(id, welcome)
	default:
		x.done = done
		c.acquire()
		c.work.batch.Challenge(id, challenge)
	}
}

// Plain serves SASL PLAIN (RFC 4616): `check` gives nil where the password is right.
func Plain(check func(authzid, user, password string) error) SASLServer { return &plain{check} }

type plain struct {
	check func(authzid, user, password string) error
}

func (p *plain) Next(response []byte) ([]byte, bool, error) {
	if response == nil {
		return nil, false, nil
	}
	authzid, user, password, err := ehlo.ParsePlain(response)
	if err != nil {
		return nil, false, authFailed
	}
	return nil, true, p.check(string(authzid), string(user), string(password))
}

// Login serves LOGIN, which is not a standard, and asked for all the same.
func Login(check func(user, password string) error) SASLServer { return &login{check: check} }

type login struct {
	check   func(user, password string) error
	user    string
	hasUser bool
	asked   bool
}

func (l *login) Next(response []byte) ([]byte, bool, error) {
	switch {
	case response == nil && !l.asked:
		l.asked = true
		return []byte("Username:"), false, nil
	case !l.hasUser:
		l.user, l.hasUser = string(response), true
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}
