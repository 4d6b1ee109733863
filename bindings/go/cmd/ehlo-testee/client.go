package main

import (
	"math"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

type client struct {
	talk
	session *ehlo.Client
	batch   *ehlo.ClientBatch
	sent    []byte
}

func newClient(t *testee, c *call, o *object) {
	options := ehlo.ClientOptions{Hostname: string(c.Hostname), Replies: c.Replies.library()}
	c.options.apply(&options, clientFlags)
	config, err := ehlo.NewClientConfig(options)
	if o.failed(err, 0) {
		return
	}
	defer config.Close()
	session, err := ehlo.NewClient(config)
	require(err == nil, "no session")
	s := &client{session: session, batch: ehlo.NewClientBatch(c.Events)}
	t.add(s, o)
}

func (s *client) close() { s.session.Close() }

func (s *client) turn(c *call, o *object) {
	s.begin(c)
	s.sent = nil
	o.word("event_error", errorName(codeOf(handOver(s.session, c.Event))))
	if len(c.Do) != 0 {
		o.word("do_error", errorName(codeOf(s.do(c))))
		o.octets("sent", s.sent)
	}
	s.wants = s.session.Wants()
	o.open("events", '[')
	s.play(c, o, s.advance)
	o.number("wants", uint64(s.wants))
	o.number("outstanding", uint64(s.session.Outstanding()))
	o.number("facts", uint64(s.session.Facts()))
	if c.HelloReply {
		o.octets("hello_reply", s.session.HelloReply())
	}
}

// do makes a call of the session, [name, arguments...].
func (s *client) do(c *call) error {
	var name string
	var text, response octets
	var params [][2]*octets
	var last, copied bool
	var room int
	read(c.Do, &name, &text)
	further := func(places ...any) { read(c.Do[2:], places...) }
	simple := map[string]func() error{"starttls": s.session.StartTLS, "cancel": s.session.CancelAuth,
		"data": s.session.Data, "rset": s.session.Rset, "quit": s.session.Quit, "abort-data": s.session.AbortData}
	if run := simple[name]; run != nil {
		return run()
	}
	switch name {
	case "hello":
		return s.session.Hello(verbOf(string(text)))
	case "auth":
		further(&response)
		return s.session.Auth(string(text), response)
	case "respond":
		return s.session.Respond(text)
	case "mail":
		further(&params)
		return s.session.Mail(string(text), paramTexts(params)...)
	case "rcpt":
		further(&params)
		return s.session.Rcpt(string(text), paramTexts(params)...)
	case "bdat":
		further(&last)
		return s.chunk(text, last)
	case "vrfy":
		return s.session.Command("VRFY", string(text), 0)
	case "body":
		further(&last, &room, &copied)
		return s.body(text, last, room, copied)
	}
	panic("no such call of a client")
}

func paramTexts(pairs [][2]*octets) (params []ehlo.ParamText) {
	for _, pair := range pairs {
		param := ehlo.Flag(string(*pair[0]))
		if pair[1] != nil {
			param = ehlo.Value(param.Keyword, string(*pair[1]))
		}
		params = append(params, param)
	}
	return params
}

func (s *client) chunk(content []byte, last bool) error {
	_, err := s.session.BDAT(content, last)
	if err == nil {
		s.sent = append([]byte{}, content...)
	}
	clear(content)
	return err
}

// body gives the content until all of it is taken; with little room its end may need a call of its own.
func (s *client) body(content []byte, last bool, room int, copied bool) error {
	give := s.give
	if copied {
		give = s.giveCopied
	}
	awaited := s.session.Outstanding()
	for {
		before := len(s.sent)
		consumed, err := give(content, last, room)
		if err != nil {
			return err
		}
		clear(content[:consumed])
		content = content[consumed:]
		if len(content) == 0 && (!last || s.session.Outstanding() != awaited) {
			return nil
		}
		require(consumed != 0 || len(s.sent) != before, "the content is not consumed")
	}
}

func (s *client) give(content []byte, last bool, room int) (int, error) {
	spans := make([]ehlo.Span, room)
	count, consumed, err := s.session.Body(content, last, spans)
	if err != nil {
		return 0, err
	}
	require(count <= room && consumed <= len(content), "more was consumed than given, or there is no room for it")
	s.sent = appendBody(s.sent, content, spans[:count])
	return consumed, nil
}

func (s *client) giveCopied(content []byte, last bool, room int) (int, error) {
	out := make([]byte, room+1)
	out[room] = canary
	written, consumed, err := s.session.BodyCopy(content, last, out[:room])
	require(written <= room && out[room] == canary, "more was written than there is room")
	if err != nil {
		return 0, err
	}
	require(consumed <= len(content), "more was consumed than given")
	s.sent = append(s.sent, out[:written]...)
	return consumed, nil
}

// advance shows the input, once a piece is added, and takes output.
func (s *client) advance(o *object) bool {
	b := s.batch
	reason := s.wants&(ehlo.WantOutput|ehlo.WantInput|ehlo.WantEvents) != 0
	most := 0
	if s.added {
		most = math.MaxInt
	}
	shown := s.show(most)
	err := s.session.Advance(b, shown, s.room())
	require(err == nil && b.Consumed <= len(shown), "an advance fails, or consumes more than it was shown")
	for i := range b.Events {
		o.item('{')
		s.event(o, &b.Events[i], shown)
		o.close('}')
	}
	s.consume(b.Consumed)
	require(b.Wants == s.session.Wants() && b.Facts == s.session.Facts() && b.Timeout == s.session.Timeout(),
		"an advance and the single calls differ")
	return s.moved(b.Progress, len(b.Events), reason)
}

func (s *client) event(o *object, e *ehlo.ClientEvent, shown []byte) {
	s.asks = s.asks || (e.Type == ehlo.ClientEventChallenge && e.Err == 0 && e.Flags&ehlo.FlagAnswered == 0)
	o.text("type", e.Type.String())
	o.word("verb", verbName(e.Verb))
	o.number("code", uint64(e.Code))
	o.word("enhanced", e.Enhanced.String())
	o.number("transaction", uint64(e.Transaction))
	o.number("index", uint64(e.Index))
	o.number("verdict", uint64(e.Verdict))
	o.number("scope", uint64(e.Scope))
	o.number("flags", uint64(e.Flags))
	o.word("error", errorName(e.Err))
	o.number("number", e.Number)
	o.view("reply", shown, e.Reply)
	o.view("text", shown, e.Text)
}
