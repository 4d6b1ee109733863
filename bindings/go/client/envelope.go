package client

import (
	"cmp"
	"fmt"
	"slices"
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
	// Content says that this was the reply to the content, after the final dot of DATA or the last chunk of BDAT, and not
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
	verb := cmp.Or(r.Verb.Row().Name, "the server") // of the program's own, too
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

// paramList collects parameters, and the first error of one.
type paramList struct {
	list []ehlo.ParamText
	err  error
}

// add adds a parameter whose value is made from its meaning.
func (p *paramList) add(id ehlo.ParamID, number int64, text string) {
	keyword := id.Row().Keyword
	value, err := ehlo.AppendParamValue(nil, id, number, text)
	if err != nil && p.err == nil {
		p.err = fmt.Errorf("client: %s: %w", keyword, err)
	}
	p.list = append(p.list, ehlo.Value(keyword, string(value)))
}

func (e *Envelope) params() ([]ehlo.ParamText, error) {
	params := paramList{list: slices.Clone(e.Params)}
	if e.Return != ehlo.ReturnUnset {
		params.add(ehlo.ParamRET, int64(e.Return), "")
	}
	if e.EnvelopeID != "" {
		params.add(ehlo.ParamENVID, 0, e.EnvelopeID)
	}
	if e.Auth != nil {
		params.add(ehlo.ParamAUTH, 0, cmp.Or(*e.Auth, "<>"))
	}
	return params.list, params.err
}

func (r *Recipient) params() ([]ehlo.ParamText, error) {
	params := paramList{list: slices.Clone(r.Params)}
	if r.Notify != 0 {
		params.add(ehlo.ParamNOTIFY, int64(r.Notify), "")
	}
	if r.OriginalRecipient != "" {
		params.add(ehlo.ParamORCPT, 0, cmp.Or(r.OriginalRecipientType, "rfc822")+";"+r.OriginalRecipient)
	}
	return params.list, params.err
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
