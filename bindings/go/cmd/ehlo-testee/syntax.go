package main

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

func (c *call) parseOptions() ehlo.ParseOptions {
	o := ehlo.ParseOptions{Extensions: extensionsOf(c.Extensions), MaxLineOctets: c.MaxLine, TLS: c.TLS}
	if c.LMTP {
		o.Protocol = ehlo.LMTP
	}
	return o
}

func parseCommand(_ *testee, c *call, o *object) {
	command, err := ehlo.ParseCommand(c.Line, c.parseOptions(), nil)
	if o.failed(err, len(c.Line)) {
		return
	}
	o.text("verb", verbName(command.Verb))
	o.number("flags", uint64(command.Flags))
	o.number("host_kind", uint64(command.Kind))
	o.number("size", command.Number)
	o.view("text", c.Line, command.Text)
	o.view("response", c.Line, command.Response)
	o.path(command.Verb == ehlo.VerbMAIL || command.Verb == ehlo.VerbRCPT, c.Line, &command.Path)
	o.params(c.Line, command.Params)
}

func parsePath(_ *testee, c *call, o *object) {
	path, err := ehlo.ParsePath(c.Path, c.Forward, c.SMTPUTF8, false)
	if o.failed(err, len(c.Path)) {
		return
	}
	o.pathFields(c.Path, &path)
}

func parseParams(_ *testee, c *call, o *object) {
	params, err := ehlo.ParseParams(c.Params, verbOf(c.Verb), c.parseOptions())
	if o.failed(err, len(c.Params)) {
		return
	}
	o.params(c.Params, params)
}

// path writes the path that MAIL and RCPT have, and nothing else.
func (o *object) path(expected bool, base []byte, path *ehlo.Path) {
	if expected {
		o.open("path", '{')
		o.pathFields(base, path)
		o.close('}')
		return
	}
	require(!path.Whole.Present() && len(view(base, path.Local)) == 0 && path.DomainKind == 0 && path.Flags == 0,
		"a path where there is none")
}

func (o *object) pathFields(base []byte, path *ehlo.Path) {
	o.view("whole", base, path.Whole)
	o.view("route", base, path.Route)
	o.view("local", base, path.Local)
	if local := view(base, path.Local); bytes.HasPrefix(local, []byte{'"'}) {
		value, err := ehlo.AppendUnquoted([]byte{}, local)
		require(err == nil, "a local part is not unquoted")
		o.octets("local_value", value)
	}
	o.view("domain", base, path.Domain)
	o.number("domain_kind", uint64(path.DomainKind))
	o.number("flags", uint64(path.Flags))
	o.text("address", path.Address(base))
}

func (o *object) params(base []byte, params []ehlo.Param) {
	if len(params) == 0 {
		return
	}
	o.open("params", '[')
	for i := range params {
		o.item('{')
		o.param(base, &params[i])
		o.close('}')
	}
	o.close(']')
}

func (o *object) param(base []byte, p *ehlo.Param) {
	require(p.Keyword.Present(), "a parameter without a keyword")
	row := p.ID.Row()
	require(row.ID == p.ID, "a parameter of an unknown kind")
	value, detail := view(base, p.Value), view(base, p.Detail)
	require(row.Kind == ehlo.KindCustom || detail == nil, "a detail where there is none")
	require(value != nil || p.Number == 0, "a number without a value")
	o.word("id", row.Keyword)
	o.view("keyword", base, p.Keyword)
	o.octets("value", value)
	o.octets("detail", detail)
	if p.Number != 0 {
		o.key("number")
		o.out = append(o.out, digitsOf(&row, p)...)
	}
	if value != nil && p.ID != ehlo.ParamUnknown {
		require(row.Value != ehlo.ValueNone, "a value where there is none")
		o.decoded(&row, p, value, detail)
	}
}

func (o *object) decoded(row *ehlo.ParamRow, p *ehlo.Param, value, detail []byte) {
	text, err := row.AppendText([]byte{}, value)
	require(err == nil, "a parameter that was accepted is not decoded")
	words := row.WordsOf(p.Number)
	switch row.Kind {
	case ehlo.KindNumber, ehlo.KindDate:
		o.text("decoded", digitsOf(row, p))
	case ehlo.KindWord:
		require(len(words) == 1, "the number of a parameter has no word")
		o.text("decoded", words[0])
	case ehlo.KindWords:
		require(p.Number>>len(strings.Fields(row.Words)) == 0, "a bit of a parameter has no word")
		o.texts("decoded", words...)
	case ehlo.KindCustom:
		kind, address, found := bytes.Cut(value, []byte{';'})
		require(found && detail != nil && bytes.Equal(address, detail), "the detail is not what stands behind the type")
		o.texts("decoded", string(kind), string(text))
	case ehlo.KindKeywords:
		o.texts("decoded", strings.Split(string(text), ",")...)
	default:
		o.octets("decoded", text)
	}
}

func digitsOf(row *ehlo.ParamRow, p *ehlo.Param) string {
	if row.Flags&ehlo.RowUnsigned != 0 {
		return strconv.FormatUint(p.Unsigned(), 10)
	}
	return strconv.FormatInt(p.Number, 10)
}

func parseReply(_ *testee, c *call, o *object) {
	reply, err := ehlo.ParseReply(c.Octets, c.limits.library())
	if o.failed(err, len(c.Octets)) {
		return
	}
	require(int(reply.Length) <= len(c.Octets), "a reply is longer than what was read")
	o.number("code", uint64(reply.Code))
	o.word("enhanced", reply.Enhanced.String())
	o.number("length", uint64(reply.Length))
	o.open("lines", '[')
	count := uint32(0)
	for line := range ehlo.ReplyLines(c.Octets[:reply.Length]) {
		o.textItem(string(line))
		count++
	}
	o.close(']')
	require(count == reply.Lines, "the number of lines is wrong")
}

func parseHello(_ *testee, c *call, o *object) {
	hello, err := ehlo.ParseHello(c.Octets, c.TLS, c.limits.library())
	if o.failed(err, len(c.Octets)) {
		return
	}
	o.text("domain", string(hello.Domain))
	var mechanisms []string
	o.open("capabilities", '[')
	for keyword, params := range ehlo.Capabilities(c.Octets) {
		words := strings.FieldsFunc(string(params), func(r rune) bool { return r == ' ' })
		o.item('[')
		o.textItem(string(keyword))
		o.item('[')
		for _, word := range words {
			o.textItem(word)
			if name := strings.ToUpper(word); strings.EqualFold(string(keyword), "AUTH") && !slices.Contains(mechanisms, name) {
				mechanisms = append(mechanisms, name)
			}
		}
		o.close(']')
		o.close(']')
	}
	o.close(']')
	if hello.HasSizeLimit {
		o.digits("size_limit", hello.SizeLimit)
	}
	o.texts("offered", strings.Fields(hello.Offered.String())...)
	o.texts("usable", strings.Fields(hello.Usable.String())...)
	o.texts("mechanisms", mechanisms...)
	for _, mechanism := range mechanisms {
		require(ehlo.HasMechanism(c.Octets, mechanism), "a mechanism is not found")
	}
	require(!ehlo.HasMechanism(c.Octets, "NO-SUCH-ONE"), "a mechanism is found that is not there")
	require((len(mechanisms) != 0) == hello.Usable.Has(ehlo.ExtAUTH), "AUTH is usable or not")
	require(hello.Offered.Has(hello.Usable), "something is usable that is not offered")
}

func decodeBase64(_ *testee, c *call, o *object) {
	text, err := ehlo.AppendBase64Decoded([]byte{}, c.Text)
	if o.failed(err, len(c.Text)) {
		return
	}
	o.octets("octets", text)
}

func writePlain(_ *testee, c *call, o *object) {
	user, password := string(c.User), string(c.Password)
	message, err := ehlo.AppendPlain(nil, "", user, password)
	if o.failed(err, 0) {
		return
	}
	authzid, authcid, passwd, err := ehlo.ParsePlain(message)
	require(err == nil && len(authzid) == 0 && string(authcid) == user && string(passwd) == password,
		"the message of PLAIN is not read as it was written")
	text, err := ehlo.AppendBase64([]byte{}, message)
	require(err == nil, "a message is not encoded")
	o.octets("text", text)
}

func parsePlain(_ *testee, c *call, o *object) {
	authzid, authcid, passwd, err := ehlo.ParsePlain(c.Octets)
	if o.failed(err, 0) {
		return
	}
	o.text("authzid", string(authzid))
	o.text("authcid", string(authcid))
	o.text("passwd", string(passwd))
}

func writeParam(_ *testee, c *call, o *object) {
	id := ehlo.ParamNamed(c.Keyword)
	value, err := ehlo.AppendParamValue([]byte{}, id, 0, string(c.Text))
	whole, errOfWhole := ehlo.AppendParam(nil, id, 0, string(c.Text))
	require(err == errOfWhole, "a parameter and its value are refused for different reasons")
	if o.failed(err, 0) {
		return
	}
	require(string(whole) == c.Keyword+"="+string(value), "a parameter is not its keyword and its value")
	o.octets("value", value)
}
