package client

import (
	"fmt"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// Envelope says what is to be sent from whom to whom.
type Envelope struct {
	From string // without brackets; "" is the null reverse-path
	To   []Recipient
	Size uint64 // octets of the content, 0: those of its reader, if that knows them: see Client.Send
	// Body is what the content needs; more than Body7BIT is refused where the server does not have it. Body7BIT, the
	// zero value, says BODY=8BITMIME where the server offers that, whatever the content is; to a server that does not
	// offer it content above 127 is not sent (RFC 6152 3).
	Body       ehlo.Body
	SMTPUTF8   bool // the header needs it; a non-ASCII address needs it anyway
	RequireTLS bool // RFC 8689: every server on the way has to use TLS
	Return     ehlo.Return
	EnvelopeID string           // RFC 3461 4.4, not encoded
	Auth       *string          // RFC 4954 5: who has submitted it, not encoded; "" for "<>"
	Params     []ehlo.ParamText // further ones, as they go over the wire
}

// Recipient is one of those that a message is for.
type Recipient struct {
	Address               string // without brackets
	Notify                ehlo.Notify
	OriginalRecipientType string // "rfc822" where it is empty and there is an original recipient
	OriginalRecipient     string // RFC 3461 4.2, not encoded
	Params                []ehlo.ParamText
}

// To makes recipients of addresses.
func To(addresses ...string) []Recipient {
	list := make([]Recipient, len(addresses))
	for i, address := range addresses {
		list[i].Address = address
	}
	return list
}

// Outcome is what has become of a message for one recipient.
type Outcome struct {
	Recipient string
	Verdict   ehlo.Verdict
	Scope     ehlo.Scope    // what the verdict is about: try another recipient, message or server
	Code      int           // of the reply that decided it; 0: there was none
	Enhanced  ehlo.Enhanced // likewise
	Text      string        // likewise, lines separated by "\n"
	Err       ehlo.Error    // what went wrong where no reply decided it
	// Command is the one whose reply decided; where the connection ended, the one that this cut short.
	Command ehlo.Verb
	// Content says that this was the reply to the content, behind the final dot of DATA or the last chunk of BDAT, and not
	// to the command itself.
	Content bool
}

// about names what the reply was to.
func (o *Outcome) about() string {
	switch {
	case o.Content:
		return "the content: "
	case o.Command != ehlo.VerbUnknown:
		return o.Command.String() + ": "
	}
	return ""
}

// Error gives what the outcome says as an error; see Failed.
func (o *Outcome) Error() string {
	if o.Code != 0 {
		return fmt.Sprintf("client: <%s> %v: %s%s", o.Recipient, o.Verdict, o.about(), replyText(o.Code, o.Enhanced, o.Text))
	}
	return fmt.Sprintf("client: <%s> %v: %s%s", o.Recipient, o.Verdict, o.about(), o.Err.Name())
}

// Failed gives the first outcome that is no acceptance as an error, nil if the server has taken the message for all.
func Failed(outcomes []Outcome) error {
	for i := range outcomes {
		if outcomes[i].Verdict != ehlo.VerdictAccepted {
			return &outcomes[i]
		}
	}
	return nil
}

// Reply is a reply of the server; as an error, one that refuses.
type Reply struct {
	Verb     ehlo.Verb
	Code     int
	Enhanced ehlo.Enhanced
	Text     string // without the enhanced code, lines separated by "\n"
}

func (r *Reply) Error() string {
	verb := r.Verb.String()
	if r.Verb == ehlo.VerbUnknown {
		verb = "the server"
	}
	return fmt.Sprintf("client: reply to %s: %s", verb, replyText(r.Code, r.Enhanced, r.Text))
}

func replyText(code int, enhanced ehlo.Enhanced, text string) string {
	if enhanced.Class() != 0 {
		text = enhanced.String() + " " + text
	}
	return strings.TrimSpace(fmt.Sprint(code, " ", text))
}

// NotOfferedError says what the server does not have. It is an ehlo.ErrNotOffered.
type NotOfferedError struct {
	Extensions ehlo.Extensions // 0: none that the library knows would bring it
	Keyword    string          // of the parameter, or the mechanism of authentication, if it was one
}

func (e *NotOfferedError) Error() string {
	what := e.Keyword
	if e.Extensions != 0 || what == "" {
		what = e.Extensions.String()
	}
	return "client: the server does not offer " + what
}

// Unwrap gives ehlo.ErrNotOffered.
func (e *NotOfferedError) Unwrap() error { return ehlo.ErrNotOffered }

func textOf(enhanced ehlo.Enhanced, reply []byte) string {
	var text strings.Builder
	prefix := enhanced.String()
	for line := range ehlo.ReplyLines(reply) {
		if text.Len() != 0 {
			text.WriteByte('\n')
		}
		text.WriteString(strings.TrimPrefix(strings.TrimPrefix(string(line), prefix), " "))
	}
	return text.String()
}

// param adds a parameter whose value is made from its meaning.
func param(params []ehlo.ParamText, keyword string, id ehlo.ParamID, number int64, text string) ([]ehlo.ParamText, error) {
	value, err := ehlo.AppendParamValue(nil, id, number, text)
	if err != nil {
		return nil, fmt.Errorf("client: %s: %w", keyword, err)
	}
	return append(params, ehlo.Value(keyword, string(value))), nil
}

func (e *Envelope) params() (params []ehlo.ParamText, err error) {
	params = append(params, e.Params...)
	if e.Return != ehlo.ReturnUnset {
		if params, err = param(params, "RET", ehlo.ParamRET, int64(e.Return), ""); err != nil {
			return nil, err
		}
	}
	if e.EnvelopeID != "" {
		if params, err = param(params, "ENVID", ehlo.ParamENVID, 0, e.EnvelopeID); err != nil {
			return nil, err
		}
	}
	if e.Auth != nil {
		auth := *e.Auth
		if auth == "" {
			auth = "<>"
		}
		return param(params, "AUTH", ehlo.ParamAUTH, 0, auth)
	}
	return params, nil
}

func (r *Recipient) params() (params []ehlo.ParamText, err error) {
	params = append(params, r.Params...)
	if r.Notify != 0 {
		if params, err = param(params, "NOTIFY", ehlo.ParamNOTIFY, int64(r.Notify), ""); err != nil {
			return nil, err
		}
	}
	if r.OriginalRecipient != "" {
		kind := r.OriginalRecipientType
		if kind == "" {
			kind = "rfc822"
		}
		return param(params, "ORCPT", ehlo.ParamORCPT, 0, kind+";"+r.OriginalRecipient)
	}
	return params, nil
}

// build makes the library's envelope, whose owner closes it.
func (e *Envelope) build(body ehlo.Body, size uint64) (*ehlo.Envelope, error) {
	params, err := e.params()
	if err != nil {
		return nil, err
	}
	own, err := ehlo.NewEnvelope(ehlo.EnvelopeOptions{Sender: e.From, Params: params, Size: size, Body: body,
		SMTPUTF8: e.SMTPUTF8, RequireTLS: e.RequireTLS})
	if err != nil {
		return nil, fmt.Errorf("client: the sender <%s> or its parameters: %w", e.From, err)
	}
	for i := range e.To {
		params, err := e.To[i].params()
		if err == nil {
			if err = own.Add(e.To[i].Address, params...); err != nil {
				err = fmt.Errorf("client: the recipient <%s> or its parameters: %w", e.To[i].Address, err)
			}
		}
		if err != nil {
			own.Close()
			return nil, err
		}
	}
	return own, nil
}
