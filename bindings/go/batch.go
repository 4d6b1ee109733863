package ehlo

// #include "shim.h"
import "C"

import "cmp"

// ServerBatch is what an advance of a server session works with: the answers that it gives, the events that come back,
// and where the session stands then. One serves any number of sessions, one advance at a time: a program with thousands
// of idle sessions holds as many batches as it has sessions at work. Nothing of it allocates once its arrays have
// grown.
type ServerBatch struct {
	Events []ServerEvent // of the last advance
	Progress

	events  []ServerEvent
	spans   []Span
	params  []Param
	answers []answer
	texts   []byte
	given   bool // the answers belong to the advance before

	counts C.ehlo_go_counts
	at     C.ehlo_progress
}

// Progress is what the last advance has done, and where the session stands then.
type Progress struct {
	Consumed int // octets of the input: drop them
	Written  int // octets of the output: send them
	Wants    Wants
	Facts    Facts
	Timeout  Timeout
	Refused  int // how many answers have an error
}

func (p *Progress) take(at *C.ehlo_progress) {
	*p = Progress{int(at.consumed), int(at.written), Wants(at.wants), Facts(at.facts), timeoutOf(at.timeout),
		int(at.refused)}
}

// NewServerBatch makes a batch with room for so many events and spans of bodies an advance; 0 stands for 64 and 256.
func NewServerBatch(events, spans int) *ServerBatch {
	return &ServerBatch{
		events: make([]ServerEvent, max(cmp.Or(events, 64), ServerEventsMin)),
		spans:  make([]Span, max(cmp.Or(spans, 256), SpansMin)),
		params: make([]Param, 2*ParamsMax),
	}
}

// Full says whether the last advance may have had more events, but no room for them: advance again.
func (b *ServerBatch) Full() bool { return len(b.Events) == len(b.events) }

// Params gives the parameters of an event of the last advance.
func (b *ServerBatch) Params(event *ServerEvent) []Param {
	return b.params[event.Params.First : event.Params.First+event.Params.Count]
}

// Param gives one of them, nil if the command does not have it.
func (b *ServerBatch) Param(event *ServerEvent, id ParamID) *Param {
	params := b.Params(event)
	for i := range params {
		if params[i].ID == id {
			return &params[i]
		}
	}
	return nil
}

// Body gives the spans of a BODY event of the last advance: see Span.BodyIn.
func (b *ServerBatch) Body(event *ServerEvent) []Span {
	return b.spans[event.Body.First : event.Body.First+event.Body.Count]
}

// Accept answers an ask, with the next advance, by its positive default.
func (b *ServerBatch) Accept(id uint32) { b.add(answer{ID: id, Kind: answerAccept}) }

// Decline answers an ask by its negative default: 451, for AUTH 454, for GREETING 421 and the end of the session. It
// needs no memory and no room, so that a refusal that cannot be said never becomes a yes.
func (b *ServerBatch) Decline(id uint32) { b.add(answer{ID: id, Kind: answerDecline}) }

// Reply answers an ask with a reply: `code` 200 to 599, `enhanced` 0 for the default, EnhancedNone for none, `text` with
// "\n" where a new line is to begin. A code of class 2 accepts, 4 and 5 refuse; 421 also ends the session.
func (b *ServerBatch) Reply(id uint32, code int, enhanced Enhanced, text string) {
	b.add(answer{ID: id, Kind: answerReply, Code: uint32(code), Enhanced: enhanced, Text: b.keep(text)})
}

// Challenge answers an AUTH or AUTH_RESPONSE ask with a challenge of raw octets.
func (b *ServerBatch) Challenge(id uint32, challenge []byte) {
	b.add(answer{ID: id, Kind: answerChallenge, Text: b.keep(string(challenge))})
}

// RefuseMessage decides the message that is arriving before its end: its reply is this refusal.
func (b *ServerBatch) RefuseMessage(code int, enhanced Enhanced, text string) {
	b.add(answer{Kind: answerRefuse, Code: uint32(code), Enhanced: enhanced, Text: b.keep(text)})
}

// Answers is how many answers the next advance gives.
func (b *ServerBatch) Answers() int {
	if b.given {
		return 0
	}
	return len(b.answers)
}

// AnswerError gives the error of answer i of the last advance, in the order in which they were given: ErrID (no such ask is
// open), ErrArgument (it does not fit the ask, or its text may not be sent), ErrSpace (see Retry), ErrMemory, ErrState.
func (b *ServerBatch) AnswerError(i int) error { return errorOf(C.int32_t(b.answers[i].Err)) }

// AnswerID gives the ask that answer i was for.
func (b *ServerBatch) AnswerID(i int) uint32 { return b.answers[i].ID }

// AnswerCode gives the code of answer i, 0 for those that have none.
func (b *ServerBatch) AnswerCode(i int) int { return int(b.answers[i].Code) }

// Retry has the answers that the last advance refused with ErrSpace given again by the next one: its output has made
// room. To be called before other answers are added. It gives their number.
func (b *ServerBatch) Retry() int {
	if !b.given {
		return 0
	}
	again := b.answers[:0]
	for _, one := range b.answers {
		if one.Err == ErrSpace {
			again = append(again, one)
		}
	}
	if len(again) != 0 {
		b.answers, b.given = again, false
	}
	return len(again)
}

func (b *ServerBatch) fresh() {
	if b.given {
		b.answers, b.texts, b.given = b.answers[:0], b.texts[:0], false
	}
}

func (b *ServerBatch) keep(text string) Span {
	b.fresh()
	span := Span{uint32(len(b.texts)), uint32(len(text))}
	b.texts = append(b.texts, text...)
	return span
}

func (b *ServerBatch) add(one answer) {
	b.fresh()
	b.answers = append(b.answers, one)
}

// Reset forgets everything, so that the batch can serve another session.
func (b *ServerBatch) Reset() {
	*b = ServerBatch{events: b.events, spans: b.spans, params: b.params, answers: b.answers[:0], texts: b.texts[:0]}
}
