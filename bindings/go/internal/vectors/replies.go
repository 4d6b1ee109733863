package vectors

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

func replyErrorName(err ehlo.Error) string {
	if err == ehlo.ErrHelloRefused {
		return "ehlo-refused"
	}
	return err.Name()
}

func configOfReply(vector object) (ehlo.ReplyLimits, object) {
	c := object{}
	if given, ok := vector["config"]; ok {
		c = objectOf(given)
	}
	var limits ehlo.ReplyLimits
	for key, to := range map[string]*uint32{"max_reply_line": &limits.LineOctets, "max_reply_lines": &limits.Lines,
		"max_reply_size": &limits.Octets} {
		if value, ok := c[key]; ok {
			*to = uint32(numberOf(value))
		}
	}
	return limits, c
}

// replies.jsonl: one reply of a server.
func runReply(vector object) {
	onlyCaseKeys(vector, "bytes", "config", "expect")
	expect := objectOf(member(vector, "expect"))
	onlyKeys(expect, "expect", "code", "enhanced", "lines", "remaining", "incomplete", "error")
	limits, c := configOfReply(vector)
	onlyKeys(c, "config", "max_reply_line", "max_reply_lines", "max_reply_size", "tls")
	octets := bytesOf(vector["bytes"])
	reply, problem := ehlo.ParseReply(octets, limits)
	err := codeOf(problem)
	if _, ok := expect["incomplete"]; ok {
		require(err == ehlo.ErrIncomplete, "it is %s", err.Name())
		return
	}
	if expected, ok := expect["error"]; ok {
		require(expected == replyErrorName(err), "the error is %s", err.Name())
		requirePosition(problem, len(octets))
		requireCertainThere(octets, limits, problem)
		return
	}
	require(err == 0, "the error is %s", err.Name())
	require(isExpectedCode(member(expect, "code"), reply.Code), "the code is %d", reply.Code)
	matchText(textOrNull(expect, "enhanced"), optional{reply.Enhanced != 0, reply.Enhanced.String()}, "the enhanced code")
	var lines []string
	for line := range ehlo.ReplyLines(octets[:reply.Len]) {
		lines = append(lines, string(line))
	}
	require(len(lines) == reply.Lines, "the number of lines is wrong")
	require(slices.Equal(lines, textsOf(member(expect, "lines"))), "the lines are %q", lines)
	require(string(octets[reply.Len:]) == textOf(member(expect, "remaining")), "the rest is wrong")
}

// requireCertainThere checks that the error is told at the octet that makes it certain, and not behind it.
func requireCertainThere(octets []byte, limits ehlo.ReplyLimits, problem error) {
	var at *ehlo.PositionError
	require(errors.As(problem, &at), "no position")
	_, before := ehlo.ParseReply(octets[:at.Offset], limits)
	if codeOf(before) == ehlo.ErrIncomplete || at.Err == ehlo.ErrBareCR { // a bare CR is certain behind it
		return
	}
	var again *ehlo.PositionError
	require(at.Err == ehlo.ErrReplyTooLong && errors.As(before, &again) && again.Offset == at.Offset,
		"certain before its position %d", at.Offset)
}

// ehlo.jsonl: the complete reply to EHLO.
func runHello(vector object) {
	onlyCaseKeys(vector, "bytes", "config", "expect")
	expect := objectOf(member(vector, "expect"))
	onlyKeys(expect, "expect", "domain", "capabilities", "size_limit", "auth", "usable", "error")
	limits, c := configOfReply(vector)
	octets := bytesOf(vector["bytes"])
	hello, problem := ehlo.ParseHello(octets, flagMember(c, "tls"), limits)
	err := codeOf(problem)
	if expected, ok := expect["error"]; ok {
		require(expected == replyErrorName(err), "the error is %s", err.Name())
		return
	}
	require(err == 0, "the error is %s", err.Name())
	require(string(hello.Domain) == textOf(member(expect, "domain")), "the domain is %q", hello.Domain)
	capabilities := []any{}
	var mechanisms []string
	for keyword, params := range ehlo.Capabilities(octets) {
		words := []any{}
		for _, word := range strings.FieldsFunc(string(params), func(r rune) bool { return r == ' ' }) {
			words = append(words, latin1(word))
			if name := upper(word); upper(string(keyword)) == "AUTH" && !slices.Contains(mechanisms, name) {
				mechanisms = append(mechanisms, name)
			}
		}
		capabilities = append(capabilities, []any{latin1(upper(string(keyword))), words})
	}
	require(dump(capabilities) == dump(member(expect, "capabilities")), "the capabilities are %s", dump(capabilities))
	limit := optional{hello.HasSizeLimit, strconv.FormatUint(hello.SizeLimit, 10)}
	if !limit.present {
		limit.text = ""
	}
	matchText(textOrNull(expect, "size_limit"), limit, "the limit")
	judgeMechanisms(member(expect, "auth"), hello, mechanisms, octets)
	if usable, ok := expect["usable"]; ok {
		for keyword, wanted := range objectOf(usable) {
			bit := ehlo.ExtensionOf(keyword)
			require(bit != 0, "bad case: %s is not known", keyword)
			require(hello.Usable.Has(bit) == flagOf(wanted), "%s is usable or not", keyword)
		}
	}
}

func judgeMechanisms(expect any, hello ehlo.Hello, mechanisms []string, octets []byte) {
	offered := hello.Offered.Has(ehlo.ExtAuth)
	require(offered == (expect != nil), "AUTH is offered: %v", offered)
	if offered {
		require(slices.Equal(mechanisms, textsOf(expect)), "the mechanisms are %q", mechanisms)
	}
	for _, mechanism := range mechanisms {
		require(ehlo.HasMechanism(octets, mechanism), "%s is not found", mechanism)
	}
	require(!ehlo.HasMechanism(octets, "NO-SUCH-ONE"), "a mechanism is found that is not there")
	require((len(mechanisms) == 0) == !hello.Usable.Has(ehlo.ExtAuth), "AUTH is usable or not")
}
