package vectors

import (
	"errors"
	"slices"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// Owned values, so that nothing depends on the input's memory.
type path struct {
	whole, route, domain optional
	local                string
	kind                 ehlo.DomainKind
	flags                ehlo.PathFlags
}

type param struct {
	id            ehlo.ParamID
	keyword       string
	value, detail optional
	number        uint64
}

type command struct {
	verb           ehlo.Verb
	flags          ehlo.Flags
	hostKind       ehlo.DomainKind
	size           uint64
	text, response optional
	path           path
	params         []param
}

func pathOf(base []byte, p ehlo.Path) path {
	local := part(base, p.Local)
	return path{part(base, p.Whole), part(base, p.Route), part(base, p.Domain), local.text, p.Kind, p.Flags}
}

func paramsOf(base []byte, from []ehlo.Param) (list []param) {
	for _, p := range from {
		keyword := part(base, p.Keyword)
		require(keyword.present, "a parameter without a keyword")
		list = append(list, param{p.ID, keyword.text, part(base, p.Value), part(base, p.Detail), p.Number})
	}
	return list
}

// codeOf gives the library's error, and nothing else may come from it.
func codeOf(err error) ehlo.Error {
	if err == nil {
		return 0
	}
	var code ehlo.Error
	require(errors.As(err, &code) && code != 0, "no error of the library: %v", err)
	return code
}

func parseCommand(line []byte, c *config) (command, ehlo.Error) {
	parsed, err := ehlo.ParseCommand(line, c.parseOptions(), nil)
	if err != nil {
		requirePosition(err, len(line))
		return command{}, codeOf(err)
	}
	return command{parsed.Verb, parsed.Flags, parsed.HostKind, parsed.Size, part(line, parsed.Text),
		part(line, parsed.Response), pathOf(line, parsed.Path), paramsOf(line, parsed.Params)}, 0
}

func requirePosition(err error, size int) {
	var at *ehlo.PositionError
	require(errors.As(err, &at) && at.Offset >= 0 && at.Offset <= size, "the position of an error lies outside")
}

func matchText(expected, got optional, what string) {
	require(expected == got, "%s is %v, expected %v", what, got, expected)
}

func textOrNull(expect object, key string) optional {
	value, ok := expect[key]
	if !ok || value == nil {
		return optional{}
	}
	return some(textOf(value))
}

func hasNonASCII(text string) bool {
	return strings.ContainsFunc(latin1(text), func(r rune) bool { return r > 127 })
}

func literalKind(literal string) ehlo.DomainKind {
	switch {
	case !strings.Contains(literal, ":"):
		return ehlo.DomainIPv4
	case strings.HasPrefix(upper(literal), "IPV6:"):
		return ehlo.DomainIPv6
	}
	return ehlo.DomainGeneral
}

func addressOf(p path) string {
	switch {
	case !p.domain.present:
		return p.local
	case p.kind == ehlo.DomainName:
		return p.local + "@" + p.domain.text
	}
	return p.local + "@[" + p.domain.text + "]"
}

// The path put together from its parts must be the path as it was sent.
func assembled(p path) string {
	route := ""
	if p.route.present {
		route = p.route.text + ":"
	}
	return "<" + route + addressOf(p) + ">"
}

func matchPath(expect object, p path) {
	null := flagMember(expect, "null")
	require(null == (p.flags&ehlo.PathNull != 0), "PathNull is wrong")
	matchText(some(textOrNull(expect, "local").text), some(p.local), "local")
	quoted := strings.HasPrefix(p.local, `"`)
	require(quoted == (p.flags&ehlo.PathQuoted != 0), "PathQuoted is wrong")
	_, hasValue := expect["local_value"]
	require(quoted == hasValue, "local_value is for quoted local parts")
	if quoted {
		value, err := ehlo.AppendUnquoted(nil, []byte(p.local))
		require(err == nil, "a local part is not unquoted: %v", err)
		matchText(textOrNull(expect, "local_value"), some(string(value)), "local_value")
	}
	literal, domain := textOrNull(expect, "literal"), textOrNull(expect, "domain")
	require(!literal.present || !domain.present, "bad case: both domain and literal")
	kind := ehlo.DomainNone
	if literal.present {
		matchText(literal, p.domain, "literal")
		kind = literalKind(literal.text)
	} else {
		matchText(domain, p.domain, "domain")
		if domain.present {
			kind = ehlo.DomainName
		}
	}
	require(p.kind == kind, "the domain kind is %d", p.kind)
	postmaster := !null && !literal.present && !domain.present
	require(postmaster == (p.flags&ehlo.PathPostmaster != 0), "PathPostmaster is wrong")
	matchText(routeOf(expect), p.route, "route")
	matchText(some(assembled(p)), p.whole, "whole")
	nonASCII := p.flags&ehlo.PathNonASCII != 0
	require(nonASCII == hasNonASCII(p.whole.text), "PathNonASCII is wrong")
	if needs, ok := expect["needs_smtputf8"]; ok {
		require(flagOf(needs) == nonASCII, "needs SMTPUTF8: %v", nonASCII)
	}
}

func routeOf(expect object) optional {
	hosts, ok := expect["route"]
	if !ok {
		return optional{}
	}
	return some("@" + strings.Join(textsOf(hosts), ",@"))
}

func matchParams(expect object, params []param) {
	var expected []any
	if list, ok := expect["params"]; ok {
		expected = listOf(list)
	}
	require(len(expected) == len(params), "%d parameters", len(params))
	for i, one := range expected {
		pair := listOf(one)
		require(len(pair) == 2, "bad case: a parameter is no pair")
		matchText(some(textOf(pair[0])), some(upper(params[i].keyword)), "a keyword")
		value := optional{}
		if pair[1] != nil {
			value = some(textOf(pair[1]))
		}
		matchText(value, params[i].value, "a value")
	}
}

var hostKinds = map[ehlo.DomainKind]string{ehlo.DomainName: "domain", ehlo.DomainIPv4: "ipv4", ehlo.DomainIPv6: "ipv6"}

func matchCommand(expect object, c command) {
	onlyKeys(expect, "expect", "verb", "host", "host_kind", "null", "local", "local_value", "domain", "literal", "route",
		"params", "mechanism", "initial", "size", "last", "arg", "smtputf8")
	verb := c.verb.String()
	require(textOf(member(expect, "verb")) == verb, "the verb is %s", verb)
	isHello := slices.Contains([]string{"EHLO", "HELO", "LHLO"}, verb)
	hasArgument := slices.Contains([]string{"VRFY", "EXPN", "NOOP", "HELP"}, verb)
	if verb == "MAIL" || verb == "RCPT" {
		matchPath(expect, c.path)
	} else {
		require(!c.path.whole.present && c.path.local == "" && c.path.kind == 0 && c.path.flags == 0,
			"a path where there is none")
	}
	matchParams(expect, c.params)
	if isHello {
		host := textOf(member(expect, "host"))
		matchText(some(host), c.text, "host")
		require(member(expect, "host_kind") == hostKinds[c.hostKind], "host_kind is %d", c.hostKind)
		require(strings.HasPrefix(host, "[") == (c.flags&ehlo.FlagLiteral != 0), "FlagLiteral is wrong")
	} else {
		require(c.hostKind == ehlo.DomainNone, "a host where there is none")
	}
	initial := optional{}
	switch {
	case verb == "AUTH":
		require(c.text.present, "no mechanism")
		matchText(some(textOf(member(expect, "mechanism"))), some(upper(c.text.text)), "mechanism")
		initial = textOrNull(expect, "initial")
	case hasArgument:
		matchText(textOrNull(expect, "arg"), c.text, "arg")
		require((c.flags&ehlo.FlagSMTPUTF8 != 0) == flagMember(expect, "smtputf8"), "smtputf8 is wrong")
	case !isHello:
		matchText(optional{}, c.text, "text")
	}
	matchText(initial, c.response, "initial")
	size := uint64(0)
	if value, ok := expect["size"]; ok {
		size = numberOf(value)
	}
	require(c.size == size, "size is %d", c.size)
	require((c.flags&ehlo.FlagLast != 0) == flagMember(expect, "last"), "last is wrong")
}

func errorKindOfCommand(err ehlo.Error, line string) string {
	switch err {
	case ehlo.ErrLineTooLong:
		return "too-long"
	case ehlo.ErrSyntax, ehlo.ErrBadSender, ehlo.ErrBadRecipient, ehlo.ErrPathTooLong, ehlo.ErrNeedsSMTPUTF8,
		ehlo.ErrBadChunk:
		return "syntax"
	case ehlo.ErrSizeOverflow:
		if firstWord(line) == "BDAT" {
			return "syntax"
		}
		return "bad-parameter"
	case ehlo.ErrUnknownCommand, ehlo.ErrNotImplemented:
		return "unknown-command"
	case ehlo.ErrBadParameter, ehlo.ErrBadBase64:
		return "bad-parameter"
	case ehlo.ErrUnknownParameter:
		return "unknown-parameter"
	}
	return err.Name()
}

func errorKindOfParams(err ehlo.Error) string {
	if err == ehlo.ErrSizeOverflow {
		return "size-overflow"
	}
	return errorKindOfCommand(err, "")
}

func matchError(expect object, kind string, code int) {
	expected, ok := expect["error"]
	require(ok, "refused: %s", kind)
	require(expected == kind, "the error is %s, expected %v", kind, expected)
	require(isExpectedCode(member(expect, "reply"), code), "the reply code is %d", code)
}
