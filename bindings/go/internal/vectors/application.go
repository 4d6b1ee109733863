package vectors

import (
	"errors"
	"maps"
	"slices"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// app is what the `app` of a case says of the application behind the library.
type app struct {
	rejectMail, rejectRcpt  map[string]int
	messageReply            []int
	perRecipient            bool
	credentials, replyTexts map[string]string
	tlsUnavailable          bool
}

func appOf(vector object) (a app) {
	given, ok := vector["app"]
	if !ok {
		return a
	}
	o := objectOf(given)
	onlyKeys(o, "app", "reject_mail", "reject_rcpt", "message_reply", "credentials", "tls_unavailable", "reply_text")
	a.rejectMail, a.rejectRcpt = codesOf(o["reject_mail"]), codesOf(o["reject_rcpt"])
	a.credentials, a.replyTexts = textMapOf(o["credentials"]), textMapOf(o["reply_text"])
	a.tlsUnavailable = flagMember(o, "tls_unavailable")
	if reply, ok := o["message_reply"]; ok {
		list, isList := reply.([]any)
		a.perRecipient = isList
		if !isList {
			list = []any{reply}
		}
		for _, code := range list {
			a.messageReply = append(a.messageReply, int(numberOf(code)))
		}
	}
	return a
}

func codesOf(value any) map[string]int {
	if value == nil {
		return nil
	}
	codes := map[string]int{}
	for address, code := range objectOf(value) {
		codes[textOf(address)] = int(numberOf(code))
	}
	return codes
}

func textMapOf(value any) map[string]string {
	if value == nil {
		return nil
	}
	texts := map[string]string{}
	for key, text := range objectOf(value) {
		texts[textOf(key)] = textOf(text)
	}
	return texts
}

// What an ask is called in reply_text, and the code of its acceptance. The reply to a message belongs to DATA or BDAT.
var askRows = map[ehlo.EventType]struct {
	bit      ehlo.Asks
	positive int
	verbs    string
}{
	ehlo.EventGreeting:     {ehlo.AskGreeting, 220, "GREETING"},
	ehlo.EventHello:        {ehlo.AskHello, 250, "EHLO HELO LHLO"},
	ehlo.EventMail:         {ehlo.AskMail, 250, "MAIL"},
	ehlo.EventRcpt:         {ehlo.AskRcpt, 250, "RCPT"},
	ehlo.EventData:         {ehlo.AskData, 354, "DATA"},
	ehlo.EventChunk:        {ehlo.AskChunk, 250, "BDAT"},
	ehlo.EventMessage:      {ehlo.AskMessage, 250, "DATA BDAT"},
	ehlo.EventRset:         {ehlo.AskRset, 250, "RSET"},
	ehlo.EventNoop:         {ehlo.AskNoop, 250, "NOOP"},
	ehlo.EventHelp:         {ehlo.AskHelp, 214, "HELP"},
	ehlo.EventVRFY:         {ehlo.AskVRFY, 252, "VRFY"},
	ehlo.EventEXPN:         {ehlo.AskEXPN, 252, "EXPN"},
	ehlo.EventQuit:         {ehlo.AskQuit, 221, "QUIT"},
	ehlo.EventStartTLS:     {ehlo.AskStartTLS, 220, "STARTTLS"},
	ehlo.EventAuth:         {ehlo.AskAuth, 235, "AUTH"},
	ehlo.EventAuthResponse: {ehlo.AskAuth, 235, "AUTH"},
}

const everyAsk ehlo.Asks = 1<<15 - 1

func (a *app) asks() ehlo.Asks {
	asks := ehlo.AskDefault
	if a.tlsUnavailable {
		asks |= ehlo.AskStartTLS
	}
	for verb := range a.replyTexts {
		known := false
		for _, row := range askRows {
			if slices.Contains(strings.Fields(row.verbs), verb) {
				asks |= row.bit
				known = true
			}
		}
		require(known, "bad case: no verb %q in reply_text", verb)
	}
	return asks
}

type message struct {
	from string
	to   []string
	body string
}

type event struct {
	kind                 ehlo.EventType
	id                   uint32
	flags                ehlo.Flags
	err                  ehlo.Error
	number               uint64
	line, text, response optional
	path                 path
	params               []param
	body                 string
	index                uint32
	verb                 ehlo.Verb
	sub, code            uint32
	otherWords           bool // the text of reply_text may not be sent: say the same in other words
}

type answer struct {
	challenge bool
	code      int // 0: accept
	enhanced  ehlo.Enhanced
	text      string // of a challenge
}

func (a answer) accepts() bool { return !a.challenge && (a.code == 0 || a.code/100 == 2) }

// application answers what a session asks and keeps the messages that it accepted.
type application struct {
	app                  *app
	lmtp                 bool
	open, abortDue       bool
	from                 string
	body                 strings.Builder
	recipients           map[uint32]string // accepted, by the index of their RCPT
	delivered            map[uint32]bool
	nextRcpt             uint32
	messages             []message
	mechanism, loginName string
	hasLoginName         bool
}

func (a *application) drop() {
	a.open, a.abortDue, a.from, a.nextRcpt = false, false, "", 0
	a.body.Reset()
	a.recipients, a.delivered = map[uint32]string{}, map[uint32]bool{}
}

// take looks at every event, in order, before any answer.
func (a *application) take(e *event) {
	switch e.kind {
	case ehlo.EventMail:
		require(!a.open, "MAIL while a transaction is open: no ABORT was told")
		a.drop()
	case ehlo.EventRcpt:
		require(a.open, "RCPT without a transaction")
		require(e.index >= a.nextRcpt, "the index of RCPT goes backwards")
		a.nextRcpt = e.index + 1
	case ehlo.EventBody:
		require(a.open, "BODY without a transaction")
		require(e.body != "", "BODY without an octet")
		a.body.WriteString(e.body)
	case ehlo.EventAbort:
		require(a.open, "ABORT without a transaction")
		a.drop()
	case ehlo.EventHello: // an asked EHLO has to be accepted first
		a.abortDue = e.id == 0 && a.open
	case ehlo.EventRset:
		a.abortDue = a.open
	case ehlo.EventClose:
		require(!a.open, "CLOSE while a transaction is open: no ABORT was told")
	case ehlo.EventChunk, ehlo.EventMessage:
		require(a.open, "content without a transaction")
		require(e.number == uint64(a.body.Len()), "the number of octets is not that of the content")
	case ehlo.EventAuth:
		require(e.text.present, "AUTH without a mechanism")
		a.mechanism, a.loginName, a.hasLoginName = upper(e.text.text), "", false
	case ehlo.EventAuthResponse:
		require(a.mechanism != "" && e.response.present, "AUTH_RESPONSE outside of an exchange")
	case ehlo.EventAuthAbort:
		require(a.mechanism != "", "AUTH_ABORT outside of an exchange")
		a.mechanism = ""
	}
}

func (a *application) decide(e *event) answer {
	switch e.kind {
	case ehlo.EventMail:
		return answer{code: a.app.rejectMail[addressOf(e.path)]}
	case ehlo.EventRcpt:
		return answer{code: a.app.rejectRcpt[addressOf(e.path)]}
	case ehlo.EventMessage:
		return a.decideMessage(e)
	case ehlo.EventStartTLS:
		if a.app.tlsUnavailable {
			return answer{code: 454, enhanced: ehlo.EnhancedCode(4, 7, 0)}
		}
	case ehlo.EventAuth, ehlo.EventAuthResponse:
		return a.decideAuth(e)
	}
	return answer{}
}

func (a *application) decideMessage(e *event) answer {
	codes := a.app.messageReply
	which := 0
	if a.lmtp {
		which = slices.Index(slices.Sorted(maps.Keys(a.recipients)), e.index)
		require(which >= 0, "MESSAGE for a recipient that was not accepted")
	}
	if len(codes) == 0 {
		return answer{}
	}
	if !a.app.perRecipient {
		which = 0
	}
	require(which < len(codes), "bad case: too few codes in message_reply")
	if codes[which] == 250 {
		return answer{}
	}
	return answer{code: codes[which]}
}

func (a *application) decideAuth(e *event) answer {
	decoded := func() []byte {
		text, err := ehlo.AppendBase64Decoded(nil, []byte(e.response.text))
		require(err == nil, "a response that is no base64 reaches the application")
		return text
	}
	switch {
	case a.mechanism == "LOGIN" && !e.response.present:
		return answer{challenge: true, text: "Username:"}
	case a.mechanism == "LOGIN" && !a.hasLoginName:
		decoded()
		return answer{challenge: true, text: "Password:"}
	case a.mechanism == "LOGIN":
		return a.judge(a.loginName, string(decoded()))
	case a.mechanism != "PLAIN":
		return answer{code: 504, enhanced: ehlo.EnhancedCode(5, 5, 4)}
	case !e.response.present:
		return answer{challenge: true}
	}
	_, user, password, err := ehlo.ParsePlain(decoded())
	if err != nil {
		return answer{code: 501, enhanced: ehlo.EnhancedCode(5, 5, 2)}
	}
	return a.judge(string(user), string(password))
}

func (a *application) judge(user, password string) answer {
	if known, ok := a.app.credentials[user]; ok && known == password {
		return answer{}
	}
	return answer{code: 535, enhanced: ehlo.EnhancedCode(5, 7, 8)}
}

// put adds the answer to the batch.
func (a *application) put(batch *ehlo.Batch, e *event, what answer) {
	if what.challenge {
		batch.Challenge(e.id, []byte(what.text))
		return
	}
	row := askRows[e.kind]
	verb := e.verb.String()
	if e.kind == ehlo.EventGreeting {
		verb = "GREETING"
	}
	text, ok := a.app.replyTexts[verb]
	switch {
	case ok && !e.otherWords && what.code == 0:
		batch.Reply(e.id, row.positive, what.enhanced, text)
	case ok && !e.otherWords:
		batch.Reply(e.id, what.code, what.enhanced, text)
	case what.code == 0:
		batch.Accept(e.id)
	default:
		batch.Reply(e.id, what.code, what.enhanced, "refused by the application")
	}
}

// note keeps account of an answer that was taken.
func (a *application) note(e *event, what answer) {
	switch e.kind {
	case ehlo.EventHello:
		a.abortDue = a.open && what.accepts()
	case ehlo.EventMail:
		a.open = what.accepts()
		if a.open {
			a.from = addressOf(e.path)
		}
	case ehlo.EventRcpt:
		if what.accepts() {
			a.recipients[e.index] = addressOf(e.path)
		}
	case ehlo.EventMessage:
		a.noteMessage(e, what.accepts())
	case ehlo.EventAuth, ehlo.EventAuthResponse:
		if !what.challenge {
			a.mechanism = ""
		} else if e.response.present {
			name, err := ehlo.AppendBase64Decoded(nil, []byte(e.response.text))
			a.loginName, a.hasLoginName = string(name), err == nil
		}
	}
}

func (a *application) noteMessage(e *event, accepted bool) {
	// RFC 2033 4.2: in LMTP each recipient has a reply of its own, and the message is kept for those that accept.
	if a.lmtp {
		_, twice := a.delivered[e.index]
		require(!twice, "MESSAGE twice for one recipient")
		a.delivered[e.index] = accepted
		if len(a.delivered) < len(a.recipients) {
			return
		}
	}
	require(len(a.recipients) != 0, "MESSAGE without an accepted recipient")
	kept := message{from: a.from, body: a.body.String()}
	for _, index := range slices.Sorted(maps.Keys(a.recipients)) {
		if (a.lmtp && a.delivered[index]) || (!a.lmtp && accepted) {
			kept.to = append(kept.to, a.recipients[index])
		}
	}
	if len(kept.to) != 0 {
		a.messages = append(a.messages, kept)
	}
	a.drop()
}

func isError(err error, code ehlo.Error) bool { return errors.Is(err, code) }
