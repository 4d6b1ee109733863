// Package vectors runs the project's conformance vectors through the binding; tests/vectors/README.md has their formats.
package vectors

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// fault is why a case fails. The runner works with panics of it, which one place recovers.
type fault string

func (f fault) Error() string { return string(f) }

func require(good bool, format string, args ...any) {
	if !good {
		panic(fault(fmt.Sprintf(format, args...)))
	}
}

// within says where a fault was found.
func within(where string, run func()) {
	defer func() {
		if problem := recover(); problem != nil {
			if f, ok := problem.(fault); ok {
				panic(fault(where + ": " + string(f)))
			}
			panic(problem)
		}
	}()
	run()
}

type object = map[string]any

// Far above every case; a slip of a digit in "times" shall not eat the machine.
const mostOctets = 64 << 20

// bytesOf reads a byte string: each character U+0000..U+00FF is one octet; arrays are joined, parts repeated.
func bytesOf(value any) []byte {
	switch v := value.(type) {
	case string:
		octets := make([]byte, 0, len(v))
		for _, r := range v {
			require(r <= 0xFF, "bad case: a character above U+00FF in a byte string")
			octets = append(octets, byte(r))
		}
		return octets
	case []any:
		var octets []byte
		for _, part := range v {
			octets = append(octets, bytesOf(part)...)
		}
		return octets
	case object:
		onlyKeys(v, "a part", "repeat", "times")
		unit := bytesOf(v["repeat"])
		times := numberOf(v["times"])
		require(len(unit) == 0 || times <= uint64(mostOctets/len(unit)), "bad case: too many octets")
		return []byte(strings.Repeat(string(unit), int(times)))
	}
	panic(fault("bad case: no byte string"))
}

func textOf(value any) string { return string(bytesOf(value)) }

func textsOf(value any) (list []string) {
	for _, item := range listOf(value) {
		list = append(list, textOf(item))
	}
	return list
}

func listOf(value any) []any {
	list, ok := value.([]any)
	require(ok, "bad case: no list")
	return list
}

func objectOf(value any) object {
	o, ok := value.(object)
	require(ok, "bad case: no object")
	return o
}

func numberOf(value any) uint64 {
	number, ok := value.(json.Number)
	require(ok, "bad case: no number")
	var n uint64
	_, err := fmt.Sscan(number.String(), &n)
	require(err == nil, "bad case: the number %s", number)
	return n
}

func flagOf(value any) bool {
	flag, ok := value.(bool)
	require(ok, "bad case: no boolean")
	return flag
}

// member gives a required member.
func member(o object, key string) any {
	value, ok := o[key]
	require(ok, "bad case: no %q", key)
	return value
}

func flagMember(o object, key string) bool {
	value, ok := o[key]
	return ok && flagOf(value)
}

func onlyKeys(o object, where string, keys ...string) {
	for key := range o {
		require(slices.Contains(keys, key), "bad case: %q is not known in %s", key, where)
	}
}

func onlyCaseKeys(o object, keys ...string) {
	onlyKeys(o, "a case of this kind", append(keys, "id", "why", "strictness", "tags")...)
}

func isExpectedCode(expected any, code int) bool {
	if list, ok := expected.([]any); ok {
		return slices.ContainsFunc(list, func(one any) bool { return isExpectedCode(one, code) })
	}
	return numberOf(expected) == uint64(code)
}

// upper is ASCII alone, as the protocol is.
func upper(text string) string {
	octets := []byte(text)
	for i, c := range octets {
		if c >= 'a' && c <= 'z' {
			octets[i] = c - 32
		}
	}
	return string(octets)
}

func firstWord(line string) string {
	if end := strings.IndexAny(line, " \t\r\n"); end >= 0 {
		line = line[:end]
	}
	return upper(line)
}

func dump(value any) string {
	text, err := json.Marshal(value)
	require(err == nil, "bad case: %v", err)
	return string(text)
}

// latin1 is the way back: octets as a string of the vectors.
func latin1(octets string) string {
	var text strings.Builder
	for i := range len(octets) {
		text.WriteRune(rune(octets[i]))
	}
	return text.String()
}

// optional is a thing that may be absent.
type optional struct {
	present bool
	text    string
}

func some(text string) optional { return optional{true, text} }

func (o optional) String() string {
	if !o.present {
		return "(absent)"
	}
	return fmt.Sprintf("%.200q", o.text)
}

// part gives the octets of a span, which must lie inside of its buffer.
func part(base []byte, span ehlo.Span) optional {
	if !span.Present() {
		return optional{}
	}
	require(uint64(span.Off)+uint64(span.Len) <= uint64(len(base)), "a span lies outside of its buffer")
	return some(span.Text(base))
}

type config struct {
	lmtp, tls, authRequiresTLS, requireTLS, requireAuth bool
	extensions, auth                                    []string
	sizeLimit, maxSize                                  uint64
	maxRcpt, maxLine, maxAuthLine                       uint32
}

func (c *config) offers(keyword string) bool { return slices.Contains(c.extensions, keyword) }

func (c *config) bits() (bits ehlo.Extensions) {
	// Whether VRFY, EXPN and HELP are served is free, so the vectors speak of servers that have them.
	bits = ehlo.ExtVRFY | ehlo.ExtEXPN | ehlo.ExtHelp
	for _, keyword := range c.extensions {
		bit := ehlo.ExtensionOf(keyword)
		require(bit != 0, "bad case: no extension %s", keyword)
		bits |= bit
	}
	return bits
}

func (c *config) protocol() ehlo.Protocol {
	if c.lmtp {
		return ehlo.LMTP
	}
	return ehlo.SMTP
}

func (c *config) parseOptions() ehlo.ParseOptions {
	return ehlo.ParseOptions{Extensions: c.bits(), Protocol: c.protocol(), MaxLineOctets: c.maxLine, TLS: c.tls}
}

func configOf(vector object, keys ...string) config {
	c := config{
		extensions: []string{"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "BINARYMIME",
			"ENHANCEDSTATUSCODES", "STARTTLS", "AUTH"},
		auth: []string{"PLAIN", "LOGIN"},
	}
	given, ok := vector["config"]
	if !ok {
		return c
	}
	onlyKeys(objectOf(given), "config", append(keys, "protocol", "extensions", "tls")...)
	for key, value := range objectOf(given) {
		switch key {
		case "protocol":
			require(value == "smtp" || value == "lmtp", "bad case: protocol %v", value)
			c.lmtp = value == "lmtp"
		case "extensions":
			c.extensions = textsOf(value)
		case "auth":
			c.auth = textsOf(value)
		case "size_limit":
			c.sizeLimit = numberOf(value)
		case "max_size":
			c.maxSize = numberOf(value)
		case "max_rcpt":
			c.maxRcpt = uint32(numberOf(value))
		case "max_line":
			c.maxLine = uint32(numberOf(value))
		case "max_auth_line":
			c.maxAuthLine = uint32(numberOf(value))
		case "tls":
			c.tls = flagOf(value)
		case "auth_requires_tls":
			c.authRequiresTLS = flagOf(value)
		case "require_tls":
			c.requireTLS = flagOf(value)
		case "require_auth":
			c.requireAuth = flagOf(value)
		}
	}
	return c
}
