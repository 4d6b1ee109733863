package server

import (
	"errors"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// ErrAuthFailed refuses a user or password: 535. ErrAuthUnavailable refuses because they could not be checked: 454, and
// where it is within another error, that is logged: fmt.Errorf("%w: %w", server.ErrAuthUnavailable, err).
var (
	ErrAuthFailed      error = authFailed
	ErrAuthUnavailable error = authUnavailable
)

var (
	authFailed      = Refuse(535, 5, 7, 8, "Authentication credentials invalid")
	authUnavailable = Refuse(454, 4, 7, 0, "Temporary authentication failure")
	noMechanism     = Refuse(504, 5, 5, 4, "Unrecognized authentication type")
)

// exchange is the AUTH exchange that is going on.
type exchange struct {
	name      string
	mechanism SASLServer
	said      bool   // the client has given a response
	done      bool   // the last challenge was data that goes with the success
	welcome   *Reply // the words of that
	response  []byte
}

func (c *conn) authenticate(e *ehlo.ServerEvent) {
	id, response := e.ID, e.Response
	x := &c.exchange
	if e.Type == ehlo.ServerEventAUTH {
		*x = exchange{name: strings.ToUpper(e.Text.Text(c.view)), response: x.response}
		if !c.beginExchange(id) {
			return
		}
	}
	if x.mechanism == nil {
		c.answer(id, authUnavailable)
		return
	}
	c.nextChallenge(id, response)
}

// beginExchange asks the program for the mechanism. False: the answer has been given.
func (c *conn) beginExchange(id uint32) bool {
	session, ok := c.program.(AuthSession)
	if !ok {
		c.logError("the session has no Auth", noMechanism)
		c.answer(id, noMechanism)
		return false
	}
	mechanism, err := session.Auth(c.ctx, c.exchange.name)
	c.stopWatching()
	if err == nil && isNil(mechanism) {
		err = errors.New("server: Auth gave no SASLServer")
	}
	if err != nil {
		reply := c.replyOf(err, authUnavailable)
		if accepts(reply) { // nobody has been authenticated
			c.logError("Auth itself cannot accept", err)
			reply = authUnavailable
		}
		c.answer(id, reply)
		return false
	}
	c.exchange.mechanism = mechanism
	return true
}

// refuse ends the exchange. That a password is wrong is a result like another: only what keeps passwords from being
// checked is an error, and of the others nothing is logged that the program did not mean for a log.
func (c *conn) refuse(id uint32, err error) {
	reply, mistake := decision(err)
	_, itself := err.(*Reply)
	switch {
	case mistake != "":
		c.logError(mistake, err)
		reply = authUnavailable
	case reply == nil:
		reply = authFailed
	case accepts(reply):
		c.logError("an acceptance without done", err)
		reply = authUnavailable
	case reply.Code < 500 && !itself:
		c.logError("authentication is not available", err)
	}
	c.server.log().Info("authentication refused", "mechanism", c.exchange.name, "code", reply.Code,
		"remote", c.nc.RemoteAddr().String())
	c.exchange = exchange{}
	c.answer(id, reply)
}

// welcomed ends the exchange with success.
func (c *conn) welcomed(id uint32, welcome *Reply) {
	c.exchange = exchange{}
	c.answer(id, welcome)
}

func (c *conn) nextChallenge(id uint32, given ehlo.Span) {
	x := &c.exchange
	response, err := x.decoded(given, c.view)
	if err != nil {
		c.answer(id, localError) // the session passes strict base64 alone
		return
	}
	if x.done {
		if len(response) != 0 {
			c.refuse(id, authFailed)
			return
		}
		c.welcomed(id, x.welcome)
		return
	}
	challenge, done, err := x.mechanism.Next(response)
	clear(x.response[:cap(x.response)])
	var welcome *Reply
	if done && err != nil {
		if reply, _ := decision(err); reply != nil && accepts(reply) {
			welcome, err = &Reply{235, reply.Enhanced, reply.Text}, nil
		}
	}
	switch {
	case err != nil:
		c.refuse(id, err)
	case done && !x.said:
		c.logError("a mechanism is done before the client has said anything", authUnavailable)
		c.refuse(id, authUnavailable)
	case done && len(challenge) == 0:
		c.welcomed(id, welcome)
	default:
		x.done, x.welcome = done, welcome
		c.acquire()
		c.work.batch.Challenge(id, challenge)
	}
}

// decoded gives the response in raw octets, nil where there is none.
func (x *exchange) decoded(given ehlo.Span, view []byte) (response []byte, err error) {
	if !given.Present() {
		return nil, nil
	}
	x.said = true
	if x.response, err = ehlo.AppendBase64Decoded(x.response[:0], given.In(view)); err != nil {
		return nil, err
	}
	if x.response == nil {
		return []byte{}, nil
	}
	return x.response, nil
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
