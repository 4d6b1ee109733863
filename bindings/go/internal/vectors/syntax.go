package vectors

import (
	"slices"
	"strconv"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// addresses.jsonl: one path, parsed alone and within MAIL or RCPT.
func runAddress(vector object) {
	onlyCaseKeys(vector, "path", "kind", "smtputf8", "expect")
	expect := objectOf(member(vector, "expect"))
	onlyKeys(expect, "expect", "valid", "null", "local", "local_value", "domain", "literal", "route", "needs_smtputf8")
	text := bytesOf(vector["path"])
	kind := member(vector, "kind")
	require(kind == "forward" || kind == "reverse", "bad case: kind %v", kind)
	forward, smtputf8 := kind == "forward", flagOf(member(vector, "smtputf8"))
	judge := func(err ehlo.Error, p path) {
		valid := flagOf(member(expect, "valid"))
		require(valid == (err == 0), "valid is %v, the error %s", valid, err.Name())
		if valid {
			matchPath(expect, p)
		} else {
			require(err == ehlo.ErrSyntax || err == ehlo.ErrNeedsSMTPUTF8, "the error is %s", err.Name())
		}
	}
	parsed, problem := ehlo.ParsePath(text, forward, smtputf8, false)
	err := codeOf(problem)
	if err != 0 {
		requirePosition(problem, len(text))
		judge(err, path{})
	} else {
		judge(0, pathOf(text, parsed))
	}
	// RCPT has no SMTPUTF8 parameter of its own, so the command alone cannot say whether non-ASCII is allowed.
	if forward && !smtputf8 && err == ehlo.ErrNeedsSMTPUTF8 {
		return
	}
	line := "RCPT TO:" + string(text) + "\r\n"
	if !forward {
		line = "MAIL FROM:" + string(text) + "\r\n"
		if smtputf8 {
			line = "MAIL FROM:" + string(text) + " SMTPUTF8\r\n"
		}
	}
	c := configOf(object{})
	within("in a command", func() {
		parsed, err := parseCommand([]byte(line), &c)
		switch err {
		case ehlo.ErrBadSender, ehlo.ErrBadRecipient, ehlo.ErrLineTooLong, ehlo.ErrBadParameter, ehlo.ErrUnknownParameter:
			err = ehlo.ErrSyntax // what stands behind a whole path is taken for parameters there
		}
		judge(err, parsed.path)
	})
}

// commands.jsonl: one command line, parsed alone and in a session.
func runCommand(vector object) {
	onlyCaseKeys(vector, "line", "config", "expect")
	c := configOf(vector, "max_line")
	line := bytesOf(vector["line"])
	expect := objectOf(member(vector, "expect"))
	judge := func(err ehlo.Error, code int, parsed command) {
		if err != 0 {
			if _, ok := expect["error"]; ok {
				onlyKeys(expect, "expect", "error", "reply")
			}
			matchError(expect, errorKindOfCommand(err, string(line)), code)
			return
		}
		require(expect["error"] == nil, "accepted, expected the error %v", expect["error"])
		matchCommand(expect, parsed)
	}
	parsed, err := parseCommand(line, &c)
	judge(err, err.Info().Code, parsed)
	// A session serves the mechanisms of its configuration only; whether it knows this one is not the question here.
	if mechanism, ok := expect["mechanism"]; ok {
		c.auth = []string{textOf(mechanism)}
	}
	outcome := lineInSession(&c, line)
	within("in a session", func() { judge(outcome.err, outcome.code, outcome.command) })
}

var paramIDs = map[string]ehlo.ParamID{
	"SIZE": ehlo.ParamSize, "BODY": ehlo.ParamBody, "SMTPUTF8": ehlo.ParamSMTPUTF8, "RET": ehlo.ParamRET,
	"ENVID": ehlo.ParamENVID, "NOTIFY": ehlo.ParamNOTIFY, "ORCPT": ehlo.ParamORCPT, "AUTH": ehlo.ParamAUTH,
	"REQUIRETLS": ehlo.ParamRequireTLS,
}

var notifyBits = map[string]ehlo.Notify{"NEVER": ehlo.NotifyNever, "SUCCESS": ehlo.NotifySuccess,
	"FAILURE": ehlo.NotifyFailure, "DELAY": ehlo.NotifyDelay}

var (
	bodyNames   = []string{"7BIT", "8BITMIME", "BINARYMIME"}
	returnNames = []string{"", "FULL", "HDRS"}
)

func matchDecoded(expected any, p param) {
	match := func(got string, err error) {
		require(err == nil, "it is not decoded: %v", err)
		require(textOf(expected) == got, "decoded %q, expected %s", got, dump(expected))
	}
	nameOf := func(names []string) string {
		require(p.number < uint64(len(names)), "the number is %d", p.number)
		return names[p.number]
	}
	decode := func(out []byte, err error) { match(string(out), err) }
	require(p.id == ehlo.ParamORCPT || !p.detail.present, "a detail where there is none")
	value := []byte(p.value.text)
	switch p.id {
	case ehlo.ParamSize:
		match(strconv.FormatUint(p.number, 10), nil)
	case ehlo.ParamBody:
		match(nameOf(bodyNames), nil)
	case ehlo.ParamRET:
		match(nameOf(returnNames), nil)
	case ehlo.ParamNOTIFY:
		wanted := ehlo.Notify(0)
		for _, keyword := range textsOf(expected) {
			bit := notifyBits[keyword]
			require(bit != 0 && wanted&bit == 0, "bad case: NOTIFY %q", keyword)
			wanted |= bit
		}
		require(p.number == uint64(wanted), "NOTIFY is decoded to the bits %d", p.number)
	case ehlo.ParamENVID:
		decode(ehlo.AppendXtextDecoded(nil, value, false))
	case ehlo.ParamAUTH: // RFC 4954 5 writes hexchar with HEXDIG, which has both cases
		decode(ehlo.AppendXtextDecoded(nil, value, true))
	case ehlo.ParamORCPT:
		pair := listOf(expected)
		require(len(pair) == 2, "bad case: ORCPT is decoded to a pair")
		kind, address, found := strings.Cut(p.value.text, ";")
		require(found && textOf(pair[0]) == kind, "the type is %q", kind)
		require(p.detail == some(address), "the detail is not the address")
		expected = pair[1]
		decode(ehlo.AppendORCPTDecoded(nil, value))
	default:
		panic(fault("nothing to decode in " + p.keyword))
	}
}

func matchTypedParams(expect object, params []param) {
	expected := listOf(member(expect, "params"))
	require(len(expected) == len(params), "%d parameters", len(params))
	for i, one := range expected {
		wanted := objectOf(one)
		onlyKeys(wanted, "a parameter", "name", "value", "decoded")
		name := textOf(member(wanted, "name"))
		require(name == upper(params[i].keyword), "the parameter is %q", params[i].keyword)
		id, ok := paramIDs[name]
		require(ok && id == params[i].id, "the id of %s is %d", name, params[i].id)
		matchText(textOrNull(wanted, "value"), params[i].value, "the value")
		decoded, hasDecoded := wanted["decoded"]
		require(hasDecoded == params[i].value.present, "bad case: decoded belongs to a value")
		if hasDecoded {
			matchDecoded(decoded, params[i])
		} else {
			require(params[i].number == 0 && !params[i].detail.present, "a number or a detail without a value")
		}
	}
}

// params.jsonl: the parameters of MAIL and RCPT, parsed alone, within a command line and in a session.
func runParams(vector object) {
	onlyCaseKeys(vector, "command", "params", "config", "expect")
	c := configOf(vector)
	expect := objectOf(member(vector, "expect"))
	onlyKeys(expect, "expect", "params", "error", "reply")
	mail := vector["command"] == "MAIL"
	require(mail || vector["command"] == "RCPT", "bad case: command %v", vector["command"])
	text := bytesOf(vector["params"])
	judge := func(err ehlo.Error, code int, params []param) {
		if err != 0 {
			matchError(expect, errorKindOfParams(err), code)
			return
		}
		require(expect["error"] == nil, "accepted, expected the error %v", expect["error"])
		matchTypedParams(expect, params)
	}
	verb, before := ehlo.VerbRCPT, "RCPT TO:<bob@mx.example> "
	if mail {
		verb, before = ehlo.VerbMAIL, "MAIL FROM:<a@client.example> "
	}
	parsed, problem := ehlo.ParseParams(text, verb, c.parseOptions())
	err := codeOf(problem)
	if problem != nil {
		requirePosition(problem, len(text))
	}
	judge(err, err.Info().Code, paramsOf(text, parsed))

	isControl := func(c byte) bool { return c < 32 || c == 127 }
	judgeInLine := func(err ehlo.Error, code int, params []param) {
		// A control character is a wrong parameter, but within a line it is wrong wherever it stands (commands.jsonl).
		if err == ehlo.ErrSyntax && expect["error"] == "bad-parameter" && slices.ContainsFunc(text, isControl) {
			err = ehlo.ErrBadParameter
		}
		judge(err, code, params)
	}
	line := []byte(before + string(text) + "\r\n")
	within("in a line", func() {
		parsed, err := parseCommand(line, &c)
		judgeInLine(err, err.Info().Code, parsed.params)
		outcome := lineInSession(&c, line)
		judgeInLine(outcome.err, outcome.code, outcome.command.params)
	})
}
