package vectors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

type reply struct {
	code  int
	lines []string // what stands behind the fourth column
}

// readReplies reads replies as a client sees them: independent of the library, and strict (RFC 5321 4.2).
func readReplies(wire []byte) (replies []reply) {
	open := false
	rest := string(wire)
	for rest != "" {
		line, after, found := strings.Cut(rest, "\r\n")
		require(found, "a reply line without its CRLF: %q", rest)
		rest = after
		require(len(line)+2 <= 512, "a reply line of %d octets", len(line)+2) // RFC 5321 4.5.3.1.5
		for i := range len(line) {
			require(line[i] == '\t' || (line[i] >= 0x20 && line[i] != 0x7F), "a control character in %q", line)
		}
		require(len(line) >= 3 && line[0] >= '2' && line[0] <= '5' && line[1] >= '0' && line[1] <= '5' &&
			line[2] >= '0' && line[2] <= '9', "no reply code in %q", line)
		code, _ := strconv.Atoi(line[:3])
		more := len(line) > 3 && line[3] == '-'
		require(more || len(line) == 3 || line[3] == ' ', "no SP or hyphen behind the code in %q", line)
		// An empty text has no SP before it, but for an empty challenge (RFC 4954 8).
		require(more || len(line) != 4 || code == 334, "SP and no text in %q", line)
		require(code != 334 || len(line) > 3, "334 without its SP")
		if open {
			require(code == replies[len(replies)-1].code, "the lines of a reply differ in their code: %q", line)
		} else {
			replies = append(replies, reply{code: code})
		}
		last := &replies[len(replies)-1]
		last.lines = append(last.lines, line[min(4, len(line)):])
		open = more
	}
	require(!open, "a reply without its last line")
	return replies
}

// statusClass is the class of the enhanced status code that the text begins with; 0: there is none.
func statusClass(text string) int {
	status, _, _ := strings.Cut(text, " ")
	numbers := strings.Split(status, ".")
	if len(numbers) != 3 || len(numbers[0]) != 1 || !strings.Contains("245", numbers[0]) {
		return 0
	}
	for _, number := range numbers[1:] {
		if number == "" || len(number) > 3 || strings.Trim(number, "0123456789") != "" {
			return 0
		}
	}
	return int(status[0] - '0')
}

type stepResult struct {
	replies  string
	closed   bool
	messages []message
	events   int // of the log, up to here
}

type transcript struct {
	steps  []stepResult
	log    []string
	events []event
}

func playSession(steps []any, c *config, a *app, how *plan) (t transcript) {
	p := newPlayer(c, a, how)
	defer p.close()
	for _, one := range steps {
		step := objectOf(one)
		if octets, ok := step["send"]; ok {
			p.send(bytesOf(octets), how.cut)
		} else if name, ok := step["event"]; ok {
			p.event(textOf(name))
		}
		t.steps = append(t.steps, stepResult{string(p.takeReplies()), p.wantsClose(), slices.Clone(p.app.messages),
			len(p.log.events)})
	}
	t.log, t.events = p.log.entries(), p.log.events
	return t
}

// judge holds the plain run against the expectations of its case.
type judge struct {
	config        *config
	transcript    *transcript
	greeted       bool
	event         int
	helloVerbs    []string
	nextHello     int
	refusedHellos int
	keywords      []string
	known         bool
}

func (j *judge) step(step object, result *stepResult) {
	replies := readReplies([]byte(result.replies))
	j.countHellos(result)
	for _, r := range replies {
		j.reply(r)
	}
	_, sends := step["send"]
	_, tells := step["event"]
	switch {
	case sends:
		onlyKeys(step, "a step that sends", "send", "expect", "split")
		member(step, "expect")
	case tells:
		onlyKeys(step, "a step with an event", "event", "expect")
	default:
		onlyKeys(step, "a check", "closed", "messages", "messages_count", "messages_max", "ehlo_has", "ehlo_lacks")
		j.checks(step, result)
		return
	}
	var expect []any
	if list, ok := step["expect"]; ok {
		expect = listOf(list)
	}
	good := len(expect) == len(replies)
	var got []int
	for i, r := range replies {
		got = append(got, r.code)
		good = good && isExpectedCode(expect[i], r.code)
	}
	require(good, "the replies are %v, expected %s", got, dump(expect))
}

func (j *judge) checks(step object, result *stepResult) {
	count := uint64(len(result.messages))
	for key, value := range step {
		switch key {
		case "closed":
			require(flagOf(value) == result.closed, "closed is %v", result.closed)
		case "messages":
			judgeMessages(listOf(value), result.messages)
		case "messages_count":
			require(numberOf(value) == count, "%d messages", count)
		case "messages_max":
			require(count <= numberOf(value), "%d messages", count)
		case "ehlo_has", "ehlo_lacks":
			require(j.known, "bad case: no EHLO before")
			for _, keyword := range textsOf(value) {
				require(slices.Contains(j.keywords, upper(keyword)) == (key == "ehlo_has"), "%s: %s", key, keyword)
			}
		}
	}
}

func judgeMessages(expect []any, messages []message) {
	require(len(expect) == len(messages), "%d messages", len(messages))
	for i, one := range expect {
		wanted := objectOf(one)
		onlyKeys(wanted, "a message", "from", "to", "body")
		require(textOf(member(wanted, "from")) == messages[i].from, "a message is from %q", messages[i].from)
		require(slices.Equal(textsOf(member(wanted, "to")), messages[i].to), "a message is to %q", messages[i].to)
		require(textOf(member(wanted, "body")) == messages[i].body, "the body is %.200q", messages[i].body)
	}
}

// The reply to a refused EHLO may be without a status code (RFC 2034 3), and looks like any other refusal.
func (j *judge) countHellos(result *stepResult) {
	for ; j.event < result.events; j.event++ {
		e := &j.transcript.events[j.event]
		isHello := func(word string) bool { return word == "EHLO" || word == "LHLO" || word == "HELO" }
		if e.kind == ehlo.EventHello {
			j.helloVerbs = append(j.helloVerbs, e.verb.String())
		}
		if e.kind == ehlo.EventRejected && (isHello(e.verb.String()) || isHello(firstWord(e.line.text))) {
			j.refusedHellos++
		}
	}
}

func (j *judge) reply(r reply) {
	if !j.greeted {
		j.greeted = true
		return
	}
	if r.code == 250 && firstWord(r.lines[0]) == upper(hostname) {
		j.hello(r)
		return
	}
	class := r.code / 100
	for _, line := range r.lines {
		status := statusClass(line)
		if class == 3 {
			require(status == 0, "a 3yz reply with a status code: %d %q", r.code, line)
		} else if j.config.offers("ENHANCEDSTATUSCODES") && status != class {
			require(status == 0 && class > 3 && j.refusedHellos > 0, "no status code of its class: %d %q", r.code, line)
		}
	}
	if class > 3 && statusClass(r.lines[0]) == 0 && j.refusedHellos > 0 {
		j.refusedHellos--
	}
}

func (j *judge) hello(r reply) {
	require(j.nextHello < len(j.helloVerbs), "a reply to EHLO that nobody sent")
	verb := j.helloVerbs[j.nextHello]
	j.nextHello++
	if verb == "HELO" {
		require(len(r.lines) == 1, "the reply to HELO has keywords")
		return
	}
	j.keywords, j.known = nil, true
	for _, line := range r.lines[1:] {
		j.keywords = append(j.keywords, firstWord(line))
	}
}

func requireSameLog(plain, other []string) {
	for i := range max(len(plain), len(other)) {
		a, b := "nothing", "nothing"
		if i < len(plain) {
			a = plain[i]
		}
		if i < len(other) {
			b = other[i]
		}
		require(a == b, "event %d is %.300s, not %.300s", i, b, a)
	}
}

func requireSame(plain, other *transcript) {
	for i := range plain.steps {
		a, b := &plain.steps[i], &other.steps[i]
		require(a.replies == b.replies, "step %d: the replies are %q, not %q", i, b.replies, a.replies)
		require(a.closed == b.closed, "step %d: closed is %v", i, b.closed)
		require(slices.EqualFunc(a.messages, b.messages, func(x, y message) bool {
			return x.from == y.from && x.body == y.body && slices.Equal(x.to, y.to)
		}), "step %d: other messages", i)
	}
	requireSameLog(plain.log, other.log)
}

// sessions.jsonl: whole dialogues with a server. The plain run is held against the case, every other against it.
func runSession(vector object) {
	onlyCaseKeys(vector, "name", "steps", "config", "app")
	steps := listOf(vector["steps"])
	c := configOf(vector, "size_limit", "max_rcpt", "max_line", "max_auth_line", "auth", "auth_requires_tls",
		"require_tls", "require_auth")
	a := appOf(vector)
	plans := standardPlans()
	var positions []int
	for _, one := range steps {
		step := objectOf(one)
		require(len(step) != 0, "bad case: no step")
		if octets, ok := step["send"]; ok {
			positions = append(positions, cutPositions(bytesOf(octets))...)
		}
		if octets, ok := step["split"]; ok {
			plans = append(plans, piecesPlan(int(numberOf(octets))))
		}
	}
	// One run splits every send of the session at this position: the sends do not share octets.
	slices.Sort(positions)
	for _, position := range slices.Compact(positions) {
		plans = append(plans, splitPlan(position))
	}
	var plain transcript
	for i := range plans {
		within(plans[i].name, func() {
			t := playSession(steps, &c, &a, &plans[i])
			if i != 0 {
				requireSame(&plain, &t)
				return
			}
			plain = t
			j := judge{config: &c, transcript: &plain}
			for n, one := range steps {
				within(fmt.Sprintf("step %d", n), func() { j.step(objectOf(one), &plain.steps[n]) })
			}
		})
	}
	if canServe(steps, &c, &a) {
		runThroughServer(steps, &c, &a, &plain)
	}
}

type lineOutcome struct {
	err     ehlo.Error
	code    int
	command command
}

// preface is what comes before the line, so that it is in order.
func preface(c *config, line string) []string {
	lines := []string{""}
	verb := firstWord(line)
	if verb == "EHLO" || verb == "HELO" || verb == "LHLO" {
		return lines
	}
	if c.lmtp {
		lines = append(lines, "LHLO client.example\r\n")
	} else {
		lines = append(lines, "EHLO client.example\r\n")
	}
	if verb == "RCPT" || verb == "DATA" || verb == "BDAT" {
		mail := "MAIL FROM:<a@client.example>\r\n"
		if hasNonASCII(line) && c.offers("SMTPUTF8") {
			mail = "MAIL FROM:<a@client.example> SMTPUTF8\r\n"
		}
		lines = append(lines, mail)
	}
	if verb == "DATA" || verb == "BDAT" {
		lines = append(lines, "RCPT TO:<bob@mx.example>\r\n")
	}
	return lines
}

type playedLine struct {
	outcome lineOutcome
	replies string
	log     []string
}

// playLine plays the line, behind another command in the same buffer or alone.
func playLine(c *config, line []byte, how *plan, behind bool) (played playedLine) {
	p := newPlayer(c, &app{}, how)
	defer p.close()
	for _, before := range preface(c, string(line)) {
		p.send([]byte(before), wholeCut)
		replies := readReplies(p.takeReplies())
		require(len(replies) == 1 && replies[0].code < 300, "the session does not get as far as this line")
	}
	before, entries := len(p.log.events), len(p.log.list)
	if behind {
		p.send(append([]byte("NOOP\r\n"), line...), how.cut)
	} else {
		p.send(line, how.cut)
	}
	played.replies, played.log = string(p.takeReplies()), slices.Clone(p.log.entries())
	if behind {
		require(p.log.events[before].kind == ehlo.EventNoop, "no event for NOOP")
		_, played.replies, _ = strings.Cut(played.replies, "\r\n")
		played.log = slices.Delete(played.log, entries, entries+1)
		before++
	}
	var found *event
	for i := before; i < len(p.log.events); i++ {
		switch p.log.events[i].kind {
		case ehlo.EventViolation, ehlo.EventAbort, ehlo.EventClose, ehlo.EventPlaintext, ehlo.EventChunk,
			ehlo.EventMessage:
			continue // what comes with the answer to a line and is not the answer
		}
		require(found == nil, "more than one event for one line")
		found = &p.log.events[i]
	}
	require(found != nil, "no event for the line")
	if found.kind == ehlo.EventRejected {
		require(found.err != 0, "rejected without a reason")
		played.outcome = lineOutcome{err: found.err, code: int(found.code)}
		replies := readReplies([]byte(played.replies))
		require(len(replies) == 1 && replies[0].code == int(found.code), "the reply is not that of the rejection")
		return played
	}
	own := command{verb: found.verb, flags: found.flags, text: found.text, response: found.response, path: found.path,
		params: found.params}
	if found.kind == ehlo.EventHello {
		own.hostKind = ehlo.DomainKind(found.sub)
	}
	if found.kind == ehlo.EventBDAT {
		own.size = found.number
	}
	played.outcome.command = own
	return played
}

// lineInSession plays one command line in a session, under every plan, and gives what became of it.
func lineInSession(c *config, line []byte) lineOutcome {
	plans := standardPlans()
	for _, position := range cutPositions(line) {
		plans = append(plans, splitPlan(position))
	}
	alone := len(plans)
	// In a buffer that begins with something else every offset is another one.
	plans = append(plans, wholePlan(), singlesPlan())
	var plain playedLine
	for i := range plans {
		within("in a session, "+plans[i].name, func() {
			played := playLine(c, line, &plans[i], i >= alone)
			if i == 0 {
				plain = played
				return
			}
			require(played.replies == plain.replies, "the replies are %q, not %q", played.replies, plain.replies)
			requireSameLog(plain.log, played.log)
		})
	}
	return plain.outcome
}
