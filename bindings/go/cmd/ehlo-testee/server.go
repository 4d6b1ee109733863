package main

import (
	"encoding/json"
	"math"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

type server struct {
	talk
	session *ehlo.Server
	batch   *ehlo.ServerBatch
	most    int // octets to be shown at a time
	left    int // octets that the last advance was shown and did not consume
}

func newServer(t *testee, c *call, o *object) {
	options := ehlo.DefaultServerOptions()
	if c.Hostname != nil {
		options.Hostname = string(c.Hostname)
	}
	if c.Extensions != nil {
		options.Extensions = extensionsOf(c.Extensions)
	}
	options.Mechanisms = strings.Join(c.Mechanisms, " ")
	for _, line := range c.KeywordLines {
		keyword, arguments, _ := strings.Cut(line, " ")
		options.Lines = append(options.Lines, ehlo.KeywordLine{Keyword: keyword, Arguments: arguments})
	}
	c.options.apply(&options, serverFlags)
	config, err := ehlo.NewServerConfig(options)
	if o.failed(err, 0) {
		return
	}
	defer config.Close()
	session, err := ehlo.NewServer(config)
	require(err == nil, "no session")
	s := &server{session: session, batch: ehlo.NewServerBatch(c.Events, c.Spans)}
	s.most = math.MaxInt
	if c.SmallestBuffer {
		s.most = config.MaxLine()
	}
	t.add(s, o)
	o.number("max_line", uint64(config.MaxLine()))
}

func (s *server) close() { s.session.Close() }

func (s *server) turn(c *call, o *object) {
	s.begin(c)
	o.word("event_error", errorName(codeOf(handOver(s.session, c.Event))))
	for _, answer := range c.Answers {
		s.put(answer)
	}
	s.wants = s.session.Wants()
	require(s.batch.Answers() == len(c.Answers), "the answers are counted wrong")
	results := []byte("[")
	o.open("events", '[')
	s.play(c, o, func(o *object) bool {
		given := s.batch.Answers()
		moved := s.advance(o)
		if given != 0 {
			results = s.results(results, given)
		}
		return moved
	})
	if len(c.Answers) != 0 {
		o.key("answers")
		o.out = append(append(o.out, results...), ']')
	}
	o.number("left", uint64(s.left))
	o.number("wants", uint64(s.wants))
}

// put adds [id, "accept"], [id, "reply", code, enhanced or null, text] or [id, "challenge", octets].
func (s *server) put(answer []json.RawMessage) {
	var id uint32
	var kind, status string
	var code int
	var text octets
	read(answer, &id, &kind)
	switch kind {
	case "accept":
		s.batch.Accept(id)
	case "reply":
		read(answer, &id, &kind, &code, &status, &text)
		enhanced, good := ehlo.ParseEnhanced(status)
		require(good || status == "", "no enhanced status code")
		s.batch.Reply(id, code, enhanced, string(text))
	case "challenge":
		read(answer, &id, &kind, &text)
		s.batch.Challenge(id, text)
	default:
		panic("no such answer")
	}
}

// results says what has become of the answers of the last advance.
func (s *server) results(out []byte, given int) []byte {
	o, refused := object{out}, 0
	for i := range given {
		if err := s.batch.AnswerError(i); err != nil {
			o.textItem(errorName(codeOf(err)))
			refused++
		} else {
			o.next()
			o.out = append(o.out, "null"...)
		}
	}
	require(s.batch.Refused == refused, "the refused answers are counted wrong")
	return o.out
}

// advance gives the answers, shows the input and takes output.
func (s *server) advance(o *object) bool {
	b := s.batch
	reason := s.wants&(ehlo.WantOutput|ehlo.WantInput) != 0 || b.Answers() != 0
	shown := s.show(s.most)
	err := s.session.Advance(b, shown, s.room())
	require(err == nil && b.Consumed <= len(shown), "an advance fails, or consumes more than it was shown")
	for i := range b.Events {
		o.item('{')
		s.event(o, &b.Events[i], shown)
		o.close('}')
	}
	s.consume(b.Consumed)
	s.left = len(shown) - b.Consumed
	require(b.Wants&(ehlo.WantTLS|ehlo.WantInput) != ehlo.WantTLS || s.left == 0,
		"a handshake is wanted before the input behind STARTTLS is consumed")
	require(b.Wants == s.session.Wants() && b.Facts == s.session.Facts() && b.Timeout == s.session.Timeout(),
		"an advance and the single calls differ")
	return s.moved(b.Progress, len(b.Events), reason)
}

func (s *server) event(o *object, e *ehlo.ServerEvent, shown []byte) {
	s.asks = s.asks || e.ID != 0
	o.text("type", e.Type.String())
	o.number("id", uint64(e.ID))
	o.number("flags", uint64(e.Flags))
	o.word("error", errorName(e.Err))
	o.number("number", e.Number)
	o.view("line", shown, e.Line)
	o.view("text", shown, e.Text)
	o.view("response", shown, e.Response)
	hasPath := e.Type == ehlo.ServerEventMAIL || e.Type == ehlo.ServerEventRCPT
	o.path(hasPath || (e.Type == ehlo.ServerEventCommand && e.Path.Whole.Present()), shown, &e.Path)
	params := s.batch.Params(e)
	for i := range params {
		found := s.batch.Param(e, params[i].ID)
		require(found != nil && found.ID == params[i].ID, "ServerBatch.Param does not find a parameter")
	}
	o.params(shown, params)
	o.octets("body", appendBody(nil, shown, s.batch.Body(e)))
	o.number("index", uint64(e.Index))
	o.word("verb", verbName(e.Verb))
	o.number("kind", uint64(e.Kind))
	o.number("code", uint64(e.Code))
}
