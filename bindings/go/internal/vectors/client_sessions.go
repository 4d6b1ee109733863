package vectors

import (
	"fmt"
	"maps"
	"slices"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// sender is a client session with what a program holds beside it.
type sender struct {
	config *ehlo.ClientConfig
	client *ehlo.Client
	batch  *ehlo.ClientBatch
	out    []byte
}

// newSender gives nil where the options are refused.
func newSender(o ehlo.ClientOptions) *sender {
	config, err := ehlo.NewClientConfig(o)
	if err != nil {
		return nil
	}
	client, err := ehlo.NewClient(config)
	require(err == nil, "no session: %v", err)
	return &sender{config, client, ehlo.NewClientBatch(0), make([]byte, 4096)}
}

func (s *sender) close() {
	s.client.Close()
	s.config.Close()
}

// body gives what is to be sent for the content; `room` is of spans, or of octets where it is copied out.
func (s *sender) body(content []byte, last bool, room int, copied bool) (wire []byte, consumed int, err error) {
	if copied {
		out := make([]byte, room)
		written, consumed, err := s.client.BodyCopy(content, last, out)
		require(written <= room, "more was written than there is room")
		return out[:written], consumed, err
	}
	spans := make([]ehlo.Span, room)
	count, consumed, err := s.client.Body(content, last, spans)
	require(count <= room, "more spans than there is room")
	for _, span := range spans[:count] {
		wire = append(wire, span.BodyIn(content)...)
	}
	return wire, consumed, err
}

type clientPlan struct {
	name           string
	cut            cut
	events, output int
	copied         bool
}

// talk is the program around one session, and the account it keeps.
type talk struct {
	*sender
	plan       *clientPlan
	hostname   string
	lmtp, over bool
	unknown    bool
	inbox      []byte
	recipients map[uint32][]string // by transaction: the results of one may come when the next is under way
	answers    []string            // the next one last
	outcomes   map[[2]uint32]int
	log        []string
}

func newTalk(vector object, how *clientPlan) *talk {
	limits, c := configOfReply(vector)
	onlyKeys(c, "config", "protocol", "require_tls", "max_reply_line", "max_reply_lines", "max_reply_size")
	o := ehlo.ClientOptions{PlaintextAuth: true, RequireTLS: flagMember(c, "require_tls"), Replies: limits}
	if c["protocol"] == "lmtp" {
		o.Protocol = ehlo.LMTP
	}
	t := &talk{plan: how, lmtp: o.Protocol == ehlo.LMTP, outcomes: map[[2]uint32]int{},
		recipients: map[uint32][]string{}}
	// A name that cannot be sent is found out by the configuration.
	names := []string{}
	for _, one := range listOf(vector["steps"]) {
		if call, ok := objectOf(one)["do"]; ok {
			what := listOf(call)
			if what[0] == "ehlo" || what[0] == "helo" || what[0] == "lhlo" {
				names = append(names, textOf(what[1]))
			}
		}
	}
	for _, o.Hostname = range append(names, "client.example") {
		if t.sender = newSender(o); t.sender != nil {
			break
		}
	}
	require(t.sender != nil, "no session")
	t.hostname = o.Hostname
	t.batch, t.out = ehlo.NewClientBatch(how.events), make([]byte, how.output)
	return t
}

func (t *talk) step(step object) {
	switch {
	case step["do"] != nil:
		t.act(step)
	case step["feed"] != nil:
		t.feed(step)
	case step["event"] != nil:
		t.event(step)
	default:
		t.check(step)
	}
}

func refusalName(err ehlo.Error) string {
	switch err {
	case 0:
		return "ok"
	case ehlo.ErrState:
		return "bad-state"
	case ehlo.ErrArgument, ehlo.ErrNeedsSMTPUTF8:
		return "bad-argument"
	case ehlo.ErrNotOffered:
		return "extension-not-offered"
	}
	return err.Name()
}

func (t *talk) act(step object) {
	onlyKeys(step, "a step", "do", "out", "refuse")
	outstanding := t.client.Outstanding()
	wire, problem := t.call(listOf(step["do"]))
	name := refusalName(codeOf(problem))
	if refuse, ok := step["refuse"]; ok {
		require(refuse == name, "the call gives %s, not %v", name, refuse)
		require(len(t.takeOutput(nil)) == 0 && len(wire) == 0, "a refused call has something to send")
		require(t.client.Outstanding() == outstanding, "a refused call waits for something")
		return
	}
	require(name == "ok", "the call gives %s", name)
	var told []string
	out := string(t.takeOutput(&told)) + string(wire)
	require(len(told) == 0, "a call gives events: %v", told)
	require(out == textOf(member(step, "out")), "sent is %q", out)
}

func (t *talk) call(what []any) (wire []byte, err error) {
	name := textOf(what[0])
	text := func(i int) string {
		require(i < len(what), "bad case: too few arguments")
		return textOf(what[i])
	}
	hellos := map[string]ehlo.Verb{"ehlo": ehlo.VerbEHLO, "helo": ehlo.VerbHELO, "lhlo": ehlo.VerbLHLO}
	switch name {
	case "ehlo", "helo", "lhlo":
		if text(1) != t.hostname {
			return nil, ehlo.ErrArgument
		}
		return nil, t.client.Hello(hellos[name])
	case "mail", "rcpt":
		return nil, t.envelope(name, what)
	case "data":
		return nil, t.client.Data()
	case "rset":
		return nil, t.client.Rset()
	case "quit":
		return nil, t.client.Quit()
	case "starttls":
		return nil, t.client.StartTLS()
	case "abort-data":
		return nil, t.client.AbortData()
	case "vrfy":
		return nil, t.client.Query(ehlo.VerbVRFY, text(1), false)
	case "auth":
		return nil, t.authenticate(text(1), text(2), text(3))
	case "message": // all of it in one call, so that a refusal finds nothing sent
		content := bytesOf(what[1])
		wire, consumed, err := t.body(content, true, len(content)*3+64, t.plan.copied)
		if err == nil {
			require(consumed == len(content), "the content was not consumed")
			return wire, nil
		}
		return nil, err
	case "bdat":
		chunk := bytesOf(what[1])
		if _, err := t.client.BDAT(chunk, flagOf(what[2])); err != nil {
			return nil, err
		}
		return chunk, nil
	}
	panic(fault("bad case: no call " + name))
}

func (t *talk) envelope(name string, what []any) (err error) {
	var params []ehlo.ParamText
	if len(what) > 2 {
		for _, one := range listOf(what[2]) {
			pair := listOf(one)
			param := ehlo.Flag(textOf(pair[0]))
			if pair[1] != nil {
				param = ehlo.Value(param.Keyword, textOf(pair[1]))
			}
			if param.Keyword == "ENVID" && param.HasValue {
				value, err := ehlo.AppendParamValue(nil, ehlo.ParamENVID, 0, param.Value)
				if err != nil {
					return ehlo.ErrArgument
				}
				param.Value = string(value)
			}
			params = append(params, param)
		}
	}
	address := textOf(what[1])
	if name == "mail" {
		return t.client.Mail(address, params...)
	}
	if err = t.client.Rcpt(address, params...); err == nil {
		number := t.client.Transaction()
		t.recipients[number] = append(t.recipients[number], address)
	}
	return err
}

func (t *talk) authenticate(mechanism, user, password string) error {
	t.answers = []string{password, user}
	if mechanism != "PLAIN" {
		return t.client.Auth(mechanism, nil)
	}
	t.answers = nil
	response, err := ehlo.AppendPlain(nil, "", user, password)
	if err != nil {
		return ehlo.ErrArgument
	}
	return t.client.Auth(mechanism, response)
}

func (t *talk) feed(step object) {
	onlyKeys(step, "a step", "feed", "events", "out")
	var told []string
	var out []byte
	for _, piece := range pieces(bytesOf(step["feed"]), t.plan.cut) {
		t.inbox = append(t.inbox, piece...)
		out = append(out, t.takeOutput(&told)...)
	}
	judgeEvents(step, told)
	expected := ""
	if value, ok := step["out"]; ok {
		expected = textOf(value)
	}
	require(string(out) == expected, "sent is %q", out)
}

func (t *talk) event(step object) {
	onlyKeys(step, "a step", "event", "events")
	if name := textOf(step["event"]); name == "eof" {
		t.client.EOF()
	} else {
		require(t.client.Wants()&ehlo.WantTLS != 0, "no handshake is wanted")
		report := t.client.TLSStarted
		if name == "tls-failed" {
			report = t.client.TLSFailed
		}
		require(report() == nil, "no handshake is open")
	}
	var told []string
	out := t.takeOutput(&told)
	judgeEvents(step, told)
	require(len(out) == 0, "something is sent")
}

func judgeEvents(step object, told []string) {
	wanted := []string{}
	if list, ok := step["events"]; ok {
		for _, one := range listOf(list) {
			wanted = append(wanted, dump(one))
		}
	}
	require(slices.Equal(wanted, told), "the events are %v", told)
}

// takeOutput steps until the session has nothing more to say. Without `told` there may be no event.
func (t *talk) takeOutput(told *[]string) (out []byte) {
	for round := 0; ; round++ {
		require(round < 100000, "the session turns in circles")
		shown := append([]byte(nil), t.inbox...)
		require(t.client.Step(t.batch, shown, t.out) == nil, "a step fails")
		t.inbox = t.inbox[t.batch.Consumed:]
		for i := range t.batch.Events {
			require(told != nil, "an event behind a refused call")
			t.tell(&t.batch.Events[i], shown, told)
		}
		out = append(out, t.out[:t.batch.Written]...)
		require(t.batch.Wants == t.client.Wants() || len(t.batch.Events) != 0, "the step and the single call differ")
		if t.batch.Consumed == 0 && t.batch.Written == 0 && len(t.batch.Events) == 0 {
			return out
		}
	}
}

func (t *talk) tell(e *ehlo.ClientEvent, shown []byte, told *[]string) {
	add := func(words ...any) {
		*told = append(*told, dump(words))
		t.log = append(t.log, dump(words))
	}
	require(!t.over, "an event behind the last one")
	text := part(shown, e.Text)
	// That of a refused chunk comes behind the last one.
	require(e.Code == 0 || e.Type == ehlo.ClientOutcome || (part(shown, e.Reply).present && text.present), "a code without its reply")
	switch e.Type {
	case ehlo.ClientGreeting:
		add("greeting", e.Code)
	case ehlo.ClientReply:
		add("reply", e.Verb.String(), e.Code)
	case ehlo.ClientGoAhead:
		add("go-ahead", e.Verb.String())
	case ehlo.ClientStartTLS:
		add("start-tls")
	case ehlo.ClientChallenge:
		t.challenge(e, text.text, add)
	case ehlo.ClientResult:
		if !t.lmtp {
			add("result", e.Code)
			return
		}
		recipients := t.recipients[e.Transaction]
		require(int(e.Index) < len(recipients), "a result of nobody")
		add("result", latin1(recipients[e.Index]), e.Code)
	case ehlo.ClientClosed:
		t.over = true
		add("closed")
	case ehlo.ClientError:
		t.over = true
		add("error", replyErrorName(e.Err))
	case ehlo.ClientOutcome:
		t.outcomes[[2]uint32{e.Transaction, e.Index}]++
		t.unknown = t.unknown || e.Verdict == ehlo.VerdictUnknown
		t.log = append(t.log, fmt.Sprint("outcome ", e.Transaction, e.Index, e.Verdict, e.Scope, e.Code, e.Err))
	case ehlo.ClientReady, ehlo.ClientDone:
		t.log = append(t.log, e.Type.String())
	default:
		panic(fault("an event of type " + e.Type.String()))
	}
}

func (t *talk) challenge(e *ehlo.ClientEvent, text string, add func(...any)) {
	switch {
	case e.Err != 0:
		add("challenge-error")
	case e.Flags&ehlo.FlagAnswered != 0:
		add("challenge", latin1(text))
	case len(t.answers) == 0:
		require(t.client.CancelAuth() == nil, "an exchange cannot be cancelled")
		add("challenge-error")
	default:
		last := len(t.answers) - 1
		require(t.client.Respond([]byte(t.answers[last])) == nil, "a challenge cannot be answered")
		t.answers = t.answers[:last]
		add("challenge", latin1(text))
	}
}

func (t *talk) check(step object) {
	for key, value := range step {
		switch key {
		case "closed":
			require((t.client.Wants()&ehlo.WantClose != 0) == flagOf(value), "closed or not")
		case "outstanding":
			require(uint64(t.client.Outstanding()) == numberOf(value), "%d outstanding", t.client.Outstanding())
		case "tls":
			require((t.client.Facts()&ehlo.FactTLS != 0) == flagOf(value), "TLS or not")
		case "message_outcome":
			require((value == "unknown") == t.unknown, "the outcome is another one")
		case "capabilities":
			wanted, known := map[string]bool{}, map[string]bool{}
			for _, keyword := range textsOf(value) {
				wanted[upper(keyword)] = true
			}
			for keyword := range ehlo.Capabilities(t.client.HelloReply()) {
				known[upper(string(keyword))] = true
			}
			require(maps.Equal(wanted, known), "other capabilities are known: %v", known)
		default:
			panic(fault("bad case: " + key + " is no check"))
		}
	}
}

func playClient(vector object, how *clientPlan) []string {
	t := newTalk(vector, how)
	defer t.close()
	for i, one := range listOf(vector["steps"]) {
		within(fmt.Sprintf("step %d", i), func() { t.step(objectOf(one)) })
	}
	for _, count := range t.outcomes {
		require(count == 1, "a recipient has had two outcomes")
	}
	return t.log
}

// client_sessions.jsonl: whole dialogues with a scripted server, at every cut of what it says.
func runClientSession(vector object) {
	onlyCaseKeys(vector, "name", "steps", "config")
	plans := []clientPlan{
		{"whole", wholeCut, 32, 4096, false},
		{"one octet at a time", piecesOf(1), 32, 4096, false},
		{"few events at a time", wholeCut, 8, 4096, false},
		{"output an octet at a time", wholeCut, 32, 1, false},
		{"content copied", wholeCut, 32, 4096, true},
	}
	var positions []int
	for _, one := range listOf(vector["steps"]) {
		if octets, ok := objectOf(one)["feed"]; ok {
			positions = append(positions, cutPositions(bytesOf(octets))...)
		}
	}
	slices.Sort(positions)
	for _, position := range slices.Compact(positions) {
		plans = append(plans, clientPlan{fmt.Sprintf("split at %d", position), splitAt(position), 32, 4096, false})
	}
	var plain []string
	for i := range plans {
		within(plans[i].name, func() {
			log := playClient(vector, &plans[i])
			if i == 0 {
				plain = log
			}
			require(slices.Equal(log, plain), "other events than in the plain run: %v", log)
		})
	}
}
