package vectors

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

type dataCase struct {
	wire       []byte
	given      []int
	config     config
	end        bool
	body, rest string
	violations []string
}

// The smuggling sequences and NULs are told besides these and are no kinds of their own in the vectors.
var violationKinds = []struct {
	name string
	bit  ehlo.Violations
	err  ehlo.Error
}{
	{"bare-lf", ehlo.SeenBareLF, ehlo.ErrBareLF},
	{"bare-cr", ehlo.SeenBareCR, ehlo.ErrBareCR},
	{"line-too-long", ehlo.SeenLongLine, ehlo.ErrDataLineTooLong},
	{"too-large", ehlo.SeenTooLarge, ehlo.ErrMessageTooLarge},
}

// placeOf finds the first bare CR or LF the plain way.
func placeOf(violation string, content []byte) (uint64, bool) {
	for i, c := range content {
		afterCR := i != 0 && content[i-1] == '\r'
		if violation == "bare-lf" && c == '\n' && !afterCR {
			return uint64(i), true
		}
		if violation == "bare-cr" && afterCR && c != '\n' {
			return uint64(i - 1), true
		}
	}
	return 0, false
}

func requirePlace(violation string, wire []byte, at uint64) {
	if place, ok := placeOf(violation, wire); ok {
		require(at == place, "%s is told at %d, it is at %d", violation, at, place)
	} else {
		require(at != 0 && at < uint64(len(wire)), "%s is told at %d", violation, at)
	}
}

// In order of first appearance; of those that appear together, in the order of the case.
func (d *dataCase) violationsOf(decoder *ehlo.DotDecoder, bits ehlo.Violations) (names []string) {
	type found struct {
		at   uint64
		name string
	}
	var all []found
	for _, kind := range violationKinds {
		at := decoder.First(kind.bit)
		require((bits&kind.bit != 0) == (at != ehlo.NotSeen), "the place of %s does not fit its bit", kind.name)
		if bits&kind.bit != 0 {
			requirePlace(kind.name, d.wire, at)
			all = append(all, found{at, kind.name})
		}
	}
	slices.SortStableFunc(all, func(a, b found) int {
		if a.at != b.at {
			return int(int64(a.at) - int64(b.at))
		}
		return slices.Index(d.violations, a.name) - slices.Index(d.violations, b.name)
	})
	for _, one := range all {
		names = append(names, one.name)
	}
	return names
}

func (d *dataCase) decode(how cut, spanCap int) {
	decoder, err := ehlo.NewDotDecoder(d.config.maxLine, d.config.maxSize)
	require(err == nil, "no decoder: %v", err)
	defer decoder.Close()
	spans := make([]ehlo.Span, spanCap)
	var inbox, body []byte
	var bits ehlo.Violations
	done := false
	for _, piece := range pieces(d.wire, how) {
		inbox = append(inbox, piece...)
		for !done {
			var count, consumed int
			count, consumed, bits, done = decoder.Feed(inbox, spans)
			require(consumed <= len(inbox) && count <= spanCap, "the decoder overshoots")
			for _, span := range spans[:count] {
				require(uint64(span.Off)+uint64(span.Len) <= uint64(consumed), "a span of octets not consumed")
				body = append(body, span.In(inbox)...)
			}
			inbox = inbox[consumed:]
			require(consumed != 0 || count != spanCap, "no octet is consumed, and the spans are full")
			if consumed == 0 {
				break
			}
		}
		require(done || len(inbox) <= 3, "more than three octets are not consumed")
	}
	require(done == d.end, "the end is found: %v", done)
	names := d.violationsOf(decoder, bits)
	require(slices.Equal(names, d.violations), "the violations are %v", names)
	if d.end {
		require(string(body) == d.body, "the body is %.200q", body)
		require(string(inbox) == d.rest, "the rest is %.200q", inbox)
	}
}

func openData(p *player) {
	for _, line := range []string{"", "EHLO client.example\r\n", "MAIL FROM:<a@client.example>\r\n",
		"RCPT TO:<bob@mx.example>\r\n", "DATA\r\n"} {
		p.send([]byte(line), wholeCut)
	}
	replies := readReplies(p.takeReplies())
	require(len(replies) == 5 && replies[4].code == 354, "the session does not get as far as DATA")
}

// judgeSession goes octet by octet: the reply shows where the session sees the end, with its last octet, not before.
func (d *dataCase) judgeSession(c *config, how plan) {
	p := newPlayer(c, &app{}, &how)
	defer p.close()
	openData(p)
	for i := range len(d.wire) - len(d.rest) {
		require(len(p.takeReplies()) == 0, "a reply after %d octets, before the end of data", i)
		p.send(d.wire[i:i+1], wholeCut)
	}
	replies := readReplies(p.takeReplies())
	var violations []string
	falseEnd, asked := false, 0
	for _, e := range p.log.events {
		if e.kind == ehlo.EventMessage {
			asked++
		}
		if e.kind != ehlo.EventViolation {
			continue
		}
		falseEnd = falseEnd || e.err == ehlo.ErrFalseEnd
		for _, kind := range violationKinds {
			if e.err == kind.err {
				requirePlace(kind.name, d.wire, e.number)
				violations = append(violations, kind.name)
			}
		}
	}
	require(slices.Equal(violations, d.violations), "the violations are %v", violations)
	if !d.end {
		require(len(replies) == 0 && asked == 0, "an answer without an end of data")
		return
	}
	require(len(replies) == 1, "%d replies to the content", len(replies))
	has := func(name string) bool { return slices.Contains(d.violations, name) }
	refused := has("line-too-long") || has("too-large") || falseEnd ||
		(how.dataEndings == ehlo.EndingsReject && (has("bare-lf") || has("bare-cr")))
	if refused {
		require(asked == 0 && len(p.app.messages) == 0, "MESSAGE for content that is to be refused")
		require(replies[0].code >= 500, "the reply to the content is %d", replies[0].code)
		return
	}
	require(asked == 1 && len(p.app.messages) == 1 && replies[0].code == 250, "the content is not taken")
	require(p.app.messages[0].body == d.body, "the body is %.200q", p.app.messages[0].body)
}

func (d *dataCase) playData(c *config, how *plan) (log []string, replies string) {
	p := newPlayer(c, &app{}, how)
	defer p.close()
	openData(p)
	p.send(d.wire, how.cut)
	return p.log.entries(), string(p.takeReplies())
}

func (d *dataCase) runInSession(endings ehlo.Endings) {
	c := d.config
	c.maxLine, c.sizeLimit = 0, d.config.maxSize
	set := func(p plan) plan {
		p.dataEndings, p.maxDataLine = endings, d.config.maxLine
		return p
	}
	d.judgeSession(&c, set(singlesPlan()))
	plain := set(wholePlan())
	plainLog, plainReplies := d.playData(&c, &plain)
	plans := standardPlans()
	for _, position := range cutPositions(d.wire) {
		plans = append(plans, splitPlan(position))
	}
	given := wholePlan()
	given.name, given.cut = "as given", func(int) []int { return d.given }
	for _, one := range append(plans, given) {
		within(one.name, func() {
			how := set(one)
			log, replies := d.playData(&c, &how)
			requireSameLog(plainLog, log)
			require(replies == plainReplies, "the replies are %q", replies)
		})
	}
}

// data.jsonl: content behind 354, through the decoder alone and through whole sessions.
func runData(vector object) {
	onlyCaseKeys(vector, "chunks", "config", "expect")
	d := dataCase{config: configOf(vector, "max_line", "max_size")}
	for _, chunk := range listOf(vector["chunks"]) {
		octets := bytesOf(chunk)
		d.wire, d.given = append(d.wire, octets...), append(d.given, len(octets))
	}
	expect := objectOf(member(vector, "expect"))
	onlyKeys(expect, "expect", "end", "body", "rest", "violations")
	d.end = flagOf(member(expect, "end"))
	_, hasBody := expect["body"]
	require(d.end == hasBody, "bad case: body and rest belong to an end")
	if d.end {
		d.body, d.rest = textOf(expect["body"]), textOf(member(expect, "rest"))
		require(bytes.HasSuffix(d.wire, []byte(d.rest)), "bad case: the rest is not the rest")
	}
	d.violations = textsOf(member(expect, "violations"))
	// A line needs two spans at most, and the decoder room for three.
	within("whole", func() { d.decode(wholeCut, 256) })
	within("whole, few spans", func() { d.decode(wholeCut, 8) })
	within("one octet at a time", func() { d.decode(piecesOf(1), 8) })
	within("as given", func() { d.decode(func(int) []int { return d.given }, 256) })
	for _, position := range cutPositions(d.wire) {
		within(fmt.Sprintf("split at %d", position), func() { d.decode(splitAt(position), 64) })
	}
	within("in a session that accepts", func() { d.runInSession(ehlo.EndingsAccept) })
	within("in a session that rejects", func() { d.runInSession(ehlo.EndingsReject) })
}

const encodeRoom = 4096

func senderInContent(endings ehlo.Endings) *sender {
	s := newSender(ehlo.ClientOptions{Hostname: "client.example", DataEndings: endings})
	require(s != nil, "no session")
	feed := func(octets string) {
		require(s.client.Step(s.batch, []byte(octets), s.out) == nil && s.batch.Consumed == len(octets),
			"a reply was not consumed")
	}
	for _, turn := range []struct {
		reply string
		do    func() error
	}{
		{"220 mx.example\r\n", func() error { return s.client.Hello(ehlo.VerbEHLO) }},
		{"250 mx.example\r\n", func() error { return s.client.Mail("a@client.example") }},
		{"250 ok\r\n", func() error { return s.client.Rcpt("b@mx.example") }},
		{"250 ok\r\n", s.client.Data},
	} {
		feed(turn.reply)
		require(turn.do() == nil, "the session does not get as far as DATA")
		feed("")
	}
	feed("354 go\r\n")
	return s
}

func encode(endings ehlo.Endings, list [][]byte, room int, copied bool) (string, ehlo.Error) {
	s := senderInContent(endings)
	defer s.close()
	var wire []byte
	for i := range len(list) + 1 {
		last := i == len(list)
		var rest []byte
		if !last {
			rest = list[i]
		}
		for {
			sent, consumed, err := s.body(rest, last, room, copied)
			if err != nil {
				return "", codeOf(err)
			}
			wire = append(wire, sent...)
			require(consumed <= len(rest), "more was consumed than given")
			rest = rest[consumed:]
			// With little room the end may need a call of its own.
			if len(rest) == 0 && (!last || s.client.Outstanding() != 0) {
				break
			}
		}
	}
	require(s.client.Outstanding() == 1, "the result is not awaited")
	return string(wire), 0
}

// data_encode.jsonl: content on its way out, in a client session behind its 354.
func runDataEncode(vector object) {
	onlyCaseKeys(vector, "chunks", "expect")
	expect := objectOf(member(vector, "expect"))
	onlyKeys(expect, "expect", "wire", "error", "normalized")
	var content []byte
	var given [][]byte
	for _, chunk := range listOf(vector["chunks"]) {
		given = append(given, bytesOf(chunk))
		content = append(content, bytesOf(chunk)...)
	}
	wanted, repaired := "", expect["wire"]
	if repaired != nil {
		wanted = textOf(repaired)
	} else {
		repaired = member(expect, "normalized")
	}
	attempt := func(name string, list [][]byte, room int, copied bool) {
		within(strings.TrimSuffix(fmt.Sprintf("%s, copied: %v", name, copied), ", copied: false"), func() {
			wire, err := encode(ehlo.EndingsReject, list, room, copied)
			if expect["wire"] != nil {
				require(err == 0, "refused: %s", err.Name())
				require(wire == wanted, "the wire is %.200q", wire)
			} else {
				require(err.Name() == member(expect, "error"), "the error is %s", err.Name())
			}
			wire, err = encode(ehlo.EndingsNormalize, list, room, copied)
			require(err == 0 && wire == textOf(repaired), "repaired it is %.200q", wire)
		})
	}
	for _, copied := range []bool{false, true} {
		least := 8
		if copied {
			least = 64
		}
		attempt("whole", [][]byte{content}, encodeRoom, copied)
		attempt("whole, little room", [][]byte{content}, least, copied)
		attempt("as given", given, encodeRoom, copied)
		attempt("one octet at a time", pieces(content, piecesOf(1)), least, copied)
		for _, position := range cutPositions(content) {
			attempt(fmt.Sprintf("split at %d", position), pieces(content, splitAt(position)), encodeRoom, copied)
		}
	}
}
