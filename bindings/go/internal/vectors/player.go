package vectors

import (
	"fmt"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

const (
	hostname                = "receiver.test"
	roundsWithoutInput      = 20000   // a session that needs more turns in circles
	mostReplyOctets         = 1 << 20 // more than any dialogue of the vectors has replies for
	roomForReversed         = 1 << 18 // texts of answers that wait for an earlier one
	canary             byte = 0x5A
)

type answersWhen int

const (
	atOnce answersWhen = iota
	late               // only when the session can do nothing else
	lateReversed
)

// plan says how one run embeds the library; whatever it is, the conversation must come out the same.
type plan struct {
	name                        string
	cut                         cut
	answers                     answersWhen
	askEverything, answerTwice  bool
	lazyOutput, smallestBuffer  bool
	output, events, spans       int
	recipientWindow, textOctets uint32
	dataEndings                 ehlo.Endings
	maxDataLine                 uint32
}

func wholePlan() plan {
	return plan{name: "whole", cut: wholeCut, output: 4096, events: 64, spans: 256}
}

func piecesPlan(octets int) plan {
	p := wholePlan()
	p.name, p.cut = fmt.Sprintf("in pieces of %d", octets), piecesOf(octets)
	return p
}

func singlesPlan() plan {
	p := piecesPlan(1)
	p.output, p.events, p.spans = 7, 8, 8
	return p
}

func splitPlan(position int) plan {
	p := wholePlan()
	p.name, p.cut = fmt.Sprintf("split at %d", position), splitAt(position)
	if position%2 != 0 {
		p.output = 7
	}
	return p
}

// standardPlans are those that no case has to ask for, the plain one first.
func standardPlans() []plan {
	reversed := wholePlan()
	reversed.name, reversed.answers = "whole, answers late and reversed, small arrays", lateReversed
	reversed.textOctets, reversed.answerTwice, reversed.events, reversed.spans = roomForReversed, true, 8, 8
	lateSingles := singlesPlan()
	lateSingles.name += ", answers and output late"
	lateSingles.answers, lateSingles.lazyOutput = late, true
	asked := wholePlan()
	asked.name, asked.askEverything = "whole, everything asked", true
	allLate := singlesPlan()
	allLate.name += ", everything asked, answers late and reversed, output octet by octet"
	allLate.answers, allLate.textOctets, allLate.askEverything, allLate.output = lateReversed, roomForReversed, true, 1
	narrow := wholePlan()
	narrow.name, narrow.answers = "whole, smallest input buffer, one recipient undecided at a time", late
	narrow.smallestBuffer, narrow.recipientWindow = true, 1
	small := piecesPlan(3)
	small.name += ", smallest input buffer, output late"
	small.smallestBuffer, small.lazyOutput = true, true
	return []plan{wholePlan(), singlesPlan(), reversed, lateSingles, asked, allLate, narrow, small}
}

// eventLog holds events in a form that does not depend on how the input was cut: bodies are joined.
type eventLog struct {
	list      []string
	events    []event
	body      strings.Builder
	plaintext uint64
}

func (l *eventLog) add(e event) {
	l.events = append(l.events, e)
	switch e.kind {
	case ehlo.EventBody:
		l.body.WriteString(e.body)
		return
	case ehlo.EventPlaintext:
		l.plaintext += e.number
		return
	case ehlo.EventAbort: // how much of a refused message was handed over by then is a fact of timing
		l.body.Reset()
	case ehlo.EventChunk, ehlo.EventMessage:
		if l.body.Len() != 0 {
			l.list = append(l.list, "content "+l.body.String())
			l.body.Reset()
		}
	}
	e.id, e.otherWords = 0, false
	l.list = append(l.list, fmt.Sprintf("%s %+v", e.kind, e))
}

func (l *eventLog) entries() []string {
	all := l.list
	if l.body.Len() != 0 {
		all = append(all, "open content "+l.body.String())
	}
	if l.plaintext != 0 {
		all = append(all, fmt.Sprintf("plaintext dropped: %d", l.plaintext))
	}
	return all
}

// player is the program that embeds the library.
type player struct {
	plan    *plan
	config  *ehlo.Config
	session *ehlo.Server
	batch   *ehlo.Batch
	app     application
	asks    ehlo.Asks
	log     eventLog
	pending []event // open asks
	inbox   []byte
	replies []byte
	out     []byte
}

func newPlayer(c *config, a *app, how *plan) *player {
	o := ehlo.DefaultServerOptions()
	c.apply(&o)
	o.Hostname = hostname
	o.ImplicitTLS = c.tls
	o.Asks = a.asks()
	if how.askEverything {
		o.Asks = everyAsk
	}
	if how.recipientWindow != 0 {
		o.RecipientWindow = how.recipientWindow
	}
	if how.textOctets != 0 {
		o.ReplyTextOctets = how.textOctets
	}
	o.DataEndings, o.MaxDataLineOctets = how.dataEndings, how.maxDataLine
	built, err := ehlo.NewConfig(o)
	require(err == nil, "bad case: the configuration is refused: %v", err)
	session, err := ehlo.NewServer(built)
	require(err == nil, "no session: %v", err)
	p := &player{plan: how, config: built, session: session, batch: ehlo.NewBatch(how.events, how.spans),
		app: application{app: a, lmtp: c.lmtp}, asks: o.Asks, out: make([]byte, how.output+1)}
	p.app.drop()
	return p
}

// apply sets what the case says of the configuration.
func (c *config) apply(o *ehlo.ServerOptions) {
	o.Protocol = c.protocol()
	o.Extensions = c.bits()
	o.Mechanisms = ""
	if c.offers("AUTH") {
		o.Mechanisms = strings.Join(c.auth, " ")
	}
	o.MaxMessageOctets = c.sizeLimit
	o.MaxLineOctets = c.maxLine
	if c.maxAuthLine != 0 {
		o.MaxAuthLineOctets = c.maxAuthLine
	}
	if c.maxRcpt != 0 {
		o.MaxRecipients = c.maxRcpt
	}
	o.BelowMinimum, o.MaxErrors, o.MaxAuthAttempts, o.MaxIdleCommands = true, 0, 0, 0
	o.RequireTLS, o.RequireAuth, o.PlaintextAuth = c.requireTLS, c.requireAuth, !c.authRequiresTLS
}

func (p *player) close() {
	p.session.Close()
	p.config.Close()
}

func (p *player) send(octets []byte, how cut) {
	for _, piece := range pieces(octets, how) {
		p.inbox = append(p.inbox, piece...)
		p.runUntilStill()
	}
	p.settle()
}

func (p *player) event(name string) {
	switch name {
	case "tls", "tls-failed":
		require(p.session.Wants()&ehlo.WantTLS != 0, "no handshake is wanted")
		report := p.session.TLSStarted
		if name == "tls-failed" {
			report = p.session.TLSFailed
		}
		require(report() == nil, "the outcome of the handshake is refused")
	case "eof":
		p.session.EOF()
	case "timeout":
		p.session.TimedOut()
	default:
		panic(fault("bad case: no event: " + name))
	}
	p.settle()
}

func (p *player) settle() {
	for {
		p.runUntilStill()
		if len(p.pending) != 0 && p.answerOne() {
			continue
		}
		if !p.step(nil, true) {
			break
		}
	}
	p.checkSettled()
}

func (p *player) runUntilStill() {
	limit := roundsWithoutInput + 4*len(p.inbox)
	for round := 0; ; round++ {
		require(round < limit, "the session turns in circles")
		var answered []int
		if p.plan.answers == atOnce {
			for i := range p.pending {
				answered = append(answered, i)
			}
		}
		if !p.step(answered, !p.plan.lazyOutput) {
			return
		}
	}
}

func (p *player) answerOne() bool {
	which := 0
	if p.plan.answers == lateReversed {
		which = len(p.pending) - 1
	}
	return p.step([]int{which}, !p.plan.lazyOutput)
}

// A text that may not be sent leaves its ask open: there the second answer would be the first that counts.
func (p *player) answersTwice(which []int) bool {
	return p.plan.answerTwice && len(which) == 1 && len(p.app.app.replyTexts) == 0
}

// step answers the open asks at `which`, shows the input and takes output. It says whether anything has moved.
func (p *player) step(which []int, takeOutput bool) bool {
	answers := make([]answer, len(which))
	for i, at := range which {
		require(p.session.Wants()&ehlo.WantAnswer != 0, "an ask is open, but no answer is wanted")
		answers[i] = p.app.decide(&p.pending[at])
		p.app.put(p.batch, &p.pending[at], answers[i])
		if p.answersTwice(which) {
			p.batch.Accept(p.pending[at].id)
		}
	}
	out := p.out[:0]
	if takeOutput {
		out = p.out[:p.plan.output]
	}
	p.out[p.plan.output] = canary
	shown := p.inbox
	if p.plan.smallestBuffer && len(shown) > p.config.MaxLine() {
		shown = shown[:p.config.MaxLine()]
	}
	// A copy of exactly this size: an event that refers to octets of another call is found out.
	shown = append([]byte(nil), shown...)
	err := p.session.Step(p.batch, shown, out)
	require(err == nil, "the step fails: %v", err)
	moved := p.noteAnswers(which, answers)
	require(p.batch.Consumed <= len(shown) && p.batch.Written <= len(out) && p.out[p.plan.output] == canary,
		"a step passes its buffers")
	p.inbox = p.inbox[p.batch.Consumed:]
	for i := range p.batch.Events {
		p.take(ownEvent(p.batch, &p.batch.Events[i], shown))
	}
	p.replies = append(p.replies, out[:p.batch.Written]...)
	require(len(p.replies) < mostReplyOctets, "the output has no end")
	handshake := p.batch.Wants&ehlo.WantTLS != 0 && p.batch.Wants&ehlo.WantInput == 0
	require(!handshake || p.batch.Consumed == len(shown), "a handshake is wanted before the input is consumed")
	require(p.batch.Wants == p.session.Wants() && p.batch.Facts == p.session.Facts() &&
		p.batch.Timeout == p.session.Timeout(), "the step and the single calls differ")
	return moved || p.batch.Consumed != 0 || p.batch.Written != 0 || len(p.batch.Events) != 0
}

func (p *player) noteAnswers(which []int, answers []answer) (moved bool) {
	refused := 0
	var open []event
	next := 0
	for i := range p.pending {
		if next >= len(which) || which[next] != i {
			open = append(open, p.pending[i])
			continue
		}
		ask := &p.pending[i]
		err := p.batch.AnswerError(next)
		switch {
		case err == nil:
			p.app.note(ask, answers[next])
			moved = true
		case isError(err, ehlo.ErrArgument) && !ask.otherWords:
			ask.otherWords, moved = true, true
			open = append(open, *ask)
			refused++
		case isError(err, ehlo.ErrSpace):
			open = append(open, *ask)
			refused++
		default:
			panic(fault(fmt.Sprintf("an answer to %s is refused: %v", ask.kind, err)))
		}
		if p.answersTwice(which) && err == nil {
			require(isError(p.batch.AnswerError(1), ehlo.ErrID), "a second answer is taken")
		}
		next++
	}
	if !p.answersTwice(which) {
		require(p.batch.Refused == refused, "%d answers are refused", p.batch.Refused)
	}
	p.pending = open
	return moved
}

func ownEvent(batch *ehlo.Batch, e *ehlo.Event, base []byte) event {
	own := event{kind: e.Type, id: e.ID, flags: e.Flags, err: e.Err, number: e.Number, line: part(base, e.Line),
		text: part(base, e.Text), response: part(base, e.Response), path: pathOf(base, e.Path),
		params: paramsOf(base, batch.Params(e)), index: e.Index, verb: e.Verb, sub: e.Kind, code: e.Code}
	for i := range own.params {
		require(batch.Param(e, own.params[i].id) != nil, "Batch.Param does not find a parameter")
	}
	for _, span := range batch.Body(e) {
		if span.Off != ehlo.OffCRLF {
			require(part(base, span).present, "an absent span in a body")
		}
		own.body += string(span.BodyIn(base))
	}
	return own
}

func (p *player) take(e event) {
	row, isKnown := askRows[e.kind]
	isAsk := isKnown && row.bit&p.asks != 0
	require(isAsk == (e.id != 0), "%s asks or does not", e.kind)
	p.log.add(e)
	p.app.take(&e)
	if !isAsk {
		return
	}
	for i := range p.pending {
		require(p.pending[i].id != e.id, "two open asks have the same id")
	}
	p.pending = append(p.pending, e)
	window := int(p.plan.recipientWindow)
	require(e.kind != ehlo.EventRcpt || window == 0 || len(p.pending) <= window,
		"more recipients are undecided than the window has room for")
}

func (p *player) wantsClose() bool { return p.session.Wants()&ehlo.WantClose != 0 }

func (p *player) takeReplies() []byte {
	replies := p.replies
	p.replies = nil
	return replies
}

func (p *player) checkSettled() {
	require(!p.app.abortDue, "EHLO or RSET in a transaction: no ABORT was told")
	wants := p.session.Wants()
	require(len(p.pending) == 0, "an answer has no space, and there is no output to take")
	require(wants&ehlo.WantAnswer == 0, "an answer is wanted, but no ask is open")
	if wants&(ehlo.WantTLS|ehlo.WantClose) != 0 {
		require(len(p.inbox) == 0, "input stays behind before TLS or at the end: it would be read again")
		return
	}
	require(wants&ehlo.WantInput != 0, "the session waits for nothing")
	require(len(p.inbox) < p.config.MaxLine(), "%d octets are kept waiting", len(p.inbox))
}
