package server

import (
	"context"
	"io"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// Backend makes a session for each connection.
type Backend interface {
	// NewSession is called when a connection is new, before the greeting, and again after STARTTLS, since nothing learnt
	// before may count then (RFC 3207 4.2). An error refuses the connection: 421, or what a *Reply says. So does a nil
	// Session, and one that CheckSession finds fault with.
	NewSession(ctx context.Context, c *Conn) (Session, error)
}

// BackendFunc is a function as a Backend.
type BackendFunc func(ctx context.Context, c *Conn) (Session, error)

// NewSession calls f.
func (f BackendFunc) NewSession(ctx context.Context, c *Conn) (Session, error) { return f(ctx, c) }

// Session answers for one connection. Its methods are called on the goroutine of the connection, one at a time but for
// one case: while Data reads a message that comes in chunks (BDAT), a Read may call Verify, Command and Observe,
// for what the client has said between two of them.
//
// An error is an answer: nil accepts with the default text, a *Reply says code and text, also of an acceptance (see
// OK), and any other error is logged and answered with 451; the table of the package says it all. The context of a call
// ends when the connection is found to be dead or the server closes; it is watched for while the call runs if the call
// asks for its Done channel (within TLS only once it reads). As in net/http a client that has closed its side for sending
// counts as dead.
type Session interface {
	// Mail begins a mail transaction; "" is the null reverse-path.
	Mail(ctx context.Context, from string, opts *MailOptions) error
	// Rcpt adds a recipient.
	Rcpt(ctx context.Context, to string, opts *RcptOptions) error
	// Data takes the message, whose content comes from the connection as it is read: a slow reader slows the client
	// down. The end is io.EOF; until then nothing says that the message is whole. What is left unread is skipped.
	// The replies to MAIL, RCPT and DATA that have not been sent yet are sent by the first Read.
	Data(ctx context.Context, r io.Reader) error
	// Reset drops the mail transaction. It is called whenever one ends: delivered, refused, given up, or cut off.
	Reset()
	// Logout is called once, when the session ends.
	Logout() error
}

// AuthSession is a Session that authenticates. The mechanisms are those of Server.AuthMechanisms, in upper case. Auth
// accepts nobody: an error refuses the mechanism, with 454 unless it is a *Reply.
type AuthSession interface {
	Auth(ctx context.Context, mechanism string) (SASLServer, error)
}

// SASLServer is one exchange of a mechanism, of the shape that github.com/emersion/go-sasl has.
type SASLServer interface {
	// Next gets the client's response, nil at first where there is no initial one, which is valid during the call. `done`
	// without an error, or with a *Reply that accepts, is the yes; any other error ends the exchange: see the table of the
	// package. A refusal is logged as information, without the error: where the password could not be checked, give
	// ErrAuthUnavailable, with the cause around it.
	Next(response []byte) (challenge []byte, done bool, err error)
}

// BatchSession is a Session that decides several recipients at once: those that the client has sent together, at most
// the window of the configuration. RcptBatch gives an answer for each, in their order; Rcpt is not called. A list of
// another length is a mistake, which refuses all of them.
type BatchSession interface {
	RcptBatch(ctx context.Context, recipients []Recipient) []error
}

// LMTPSession is a Session that answers for each recipient of a message of its own (RFC 2033 4.2). Without it the
// result of Data counts for all. It is called for SMTP too, where `status` has no effect.
type LMTPSession interface {
	LMTPData(ctx context.Context, r io.Reader, status StatusCollector) error
}

// StatusCollector takes the answer for one accepted recipient, counted from 0 in the order of RCPT. Those that get none
// have the error that LMTPData gives.
//
// Once the content has been read to its end, an answer leaves at once, while LMTPData goes on, if those of all recipients
// before it have been given: replies keep the order of RCPT. Any goroutine may call SetStatus, also while another one
// reads; the methods of Conn may not be called meanwhile. The first answer for a recipient counts.
type StatusCollector interface {
	SetStatus(recipient int, err error)
}

// GreetSession is a Session that decides about the greeting, after the GreetingDelay: Conn.Facts names early talkers.
type GreetSession interface {
	Greet(ctx context.Context) error
}

// HelloSession is a Session that decides about EHLO, HELO and LHLO.
type HelloSession interface {
	Hello(ctx context.Context, verb ehlo.Verb, host string) error
}

// VerifySession is a Session that serves VRFY and EXPN, where Server.Configure offers them.
type VerifySession interface {
	Verify(ctx context.Context, verb ehlo.Verb, text string, smtputf8 bool) error
}

// CommandSession is a Session that serves verbs of the program's rows, those that no row knows where they are handed over,
// and those that Server.Configure adds to CommandAsks. Without it they are refused. `args` is what stands after the verb.
type CommandSession interface {
	Command(ctx context.Context, verb, args string) error
}

// ObserverSession is a Session that observes what the library decides by itself.
type ObserverSession interface {
	Observe(ctx context.Context, seen Observation)
}

// Observation is a line that the library refused (ehlo.ServerEventRejected), something wrong in a line or in content
// (ehlo.ServerEventViolation), plaintext that was dropped after STARTTLS (ehlo.ServerEventPlaintext), or a transaction
// that it ended (ehlo.ServerEventAbort).
type Observation struct {
	Event  ehlo.ServerEventType
	Err    ehlo.Error
	Number uint64 // offset in the line or content, or octets dropped
	Code   int    // the reply
	Junk   ehlo.Junk
	Line   []byte // valid during the call; nil where there is none, or where it holds credentials
}

// Param is a parameter as it was sent.
type Param struct {
	ID       ehlo.ParamID // ehlo.ParamOwn + place of a row of the program; ehlo.ParamUnknown: of no row
	Keyword  string       // in the client's case
	Value    string
	HasValue bool
}

// MailOptions are the parameters of MAIL.
type MailOptions struct {
	Size       uint64    // 0: not given
	Body       ehlo.Body // Body7BIT where it is not given
	UTF8       bool      // SMTPUTF8
	RequireTLS bool
	Return     ehlo.Return
	EnvelopeID string  // decoded
	Auth       *string // decoded; "" for "<>"
	Params     []Param // all of them, as sent
}

// RcptOptions are the parameters of RCPT.
type RcptOptions struct {
	Index                 int         // which RCPT of the transaction, from 0
	Notify                ehlo.Notify // 0: not given
	OriginalRecipientType string      // "rfc822"
	OriginalRecipient     string      // decoded
	Params                []Param     // all of them, as sent
}

// Recipient is one of several that are decided at once.
type Recipient struct {
	To   string
	Opts *RcptOptions
}

func (c *conn) paramsOf(params []ehlo.Param) []Param {
	if len(params) == 0 {
		return nil
	}
	list := make([]Param, len(params))
	for i := range params {
		from := &params[i]
		list[i] = Param{from.ID, from.Keyword.Text(c.view), from.Value.Text(c.view), from.Value.Present()}
	}
	return list
}

func (c *conn) mailOf(e *ehlo.ServerEvent) (string, *MailOptions) {
	params := c.work.batch.Params(e)
	opts := &MailOptions{Size: e.Number, Params: c.paramsOf(params)}
	for i := range params {
		switch params[i].ID {
		case ehlo.ParamBODY:
			opts.Body = ehlo.Body(params[i].Number)
		case ehlo.ParamSMTPUTF8:
			opts.UTF8 = true
		case ehlo.ParamREQUIRETLS:
			opts.RequireTLS = true
		case ehlo.ParamRET:
			opts.Return = ehlo.Return(params[i].Number)
		case ehlo.ParamENVID:
			opts.EnvelopeID = c.textOf(&params[i])
		case ehlo.ParamAUTH:
			auth := c.textOf(&params[i])
			if auth == "<>" {
				auth = ""
			}
			opts.Auth = &auth
		}
	}
	return e.Path.Address(c.view), opts
}

func (c *conn) rcptOf(e *ehlo.ServerEvent) (string, *RcptOptions) {
	params := c.work.batch.Params(e)
	opts := &RcptOptions{Index: int(e.Index), Params: c.paramsOf(params)}
	for i := range params {
		switch params[i].ID {
		case ehlo.ParamNOTIFY:
			opts.Notify = ehlo.Notify(params[i].Number)
		case ehlo.ParamORCPT:
			kind, _, _ := strings.Cut(params[i].Value.Text(c.view), ";")
			opts.OriginalRecipientType, opts.OriginalRecipient = kind, c.textOf(&params[i])
		}
	}
	return e.Path.Address(c.view), opts
}

// textOf gives what a value says. The session has checked it, so that there is no error to give.
func (c *conn) textOf(param *ehlo.Param) string {
	row := param.ID.Row()
	text, _ := row.AppendText(nil, param.Value.In(c.view))
	return string(text)
}
