package ehlo

// #include "shim.h"
import "C"

import (
	"iter"
	"unsafe"
)

// ParseOptions is what a parser takes for granted.
type ParseOptions struct {
	Extensions      Extensions // offered
	Protocol        Protocol
	MaxLineOctets   uint32 // 0: 512 and what the extensions add; AUTH: 12288
	GeneralLiterals bool
	TLS             bool // TLS is active

	MaxLocalPartOctets uint32 // with its quotes; 0: no limit but the line's
	MaxPathOctets      uint32 // with its angle brackets; likewise
	Rows               *Rows  // of the program; nil: none
}

func (o *ParseOptions) c(pin *pins) (c C.ehlo_parse_options, err error) {
	C.ehlo_parse_options_init(&c, C.sizeof_ehlo_parse_options)
	c.extensions = C.uint64_t(o.Extensions)
	c.protocol = C.uint32_t(o.Protocol)
	c.max_line_octets = C.uint32_t(o.MaxLineOctets)
	c.max_local_part_octets = C.uint32_t(o.MaxLocalPartOctets)
	c.max_path_octets = C.uint32_t(o.MaxPathOctets)
	c.flags = flag(o.GeneralLiterals, C.EHLO_SERVER_FLAG_GENERAL_LITERALS) | flag(o.TLS, C.EHLO_SERVER_FLAG_IMPLICIT_TLS)
	if o.Rows != nil {
		c.rows = &C.ehlo_rows{}
		pin.Pin(c.rows)
		err = pin.fill(c.rows, o.Rows, false)
	}
	return c, err
}

// Command is a parsed command line.
type Command struct {
	CommandLine
	Params []Param
}

// ParseCommand parses one line, with its CRLF. The parameters are appended to `params`, which may be nil. An error of
// the peer is a *PositionError.
func ParseCommand(line []byte, o ParseOptions, params []Param) (Command, error) {
	var pin pins
	defer pin.Unpin()
	options, err := o.c(&pin)
	if err != nil {
		return Command{}, err
	}
	var command Command
	var at C.size_t
	room := params[:cap(params)]
	if len(room)-len(params) < ParamsMax {
		room = make([]Param, len(params)+ParamsMax)
		copy(room, params)
	}
	free := room[len(params):]
	rc := C.ehlo_command_parse(bytesOf(line), C.size_t(len(line)), &options,
		(*C.ehlo_command)(unsafe.Pointer(&command.CommandLine)),
		first[C.ehlo_param](free), C.sizeof_ehlo_param, C.size_t(len(free)), &at)
	if rc != 0 {
		return Command{}, errorAt(rc, at)
	}
	command.Params = room[:len(params)+int(command.ParamCount)]
	return command, nil
}

func spanOf(span C.ehlo_span) Span { return Span{uint32(span.off), uint32(span.len)} }

// ParsePath parses a path with its angle brackets, whole. `forward`: no null path, but bare Postmaster.
func ParsePath(text []byte, forward, smtputf8, generalLiterals bool) (Path, error) {
	flags := flag(generalLiterals, C.EHLO_SERVER_FLAG_GENERAL_LITERALS)
	var c C.ehlo_path
	var at C.size_t
	rc := C.ehlo_path_parse(bytesOf(text), C.size_t(len(text)), truth(forward), truth(smtputf8), flags, &c, &at)
	if rc != 0 {
		return Path{}, errorAt(rc, at)
	}
	return *(*Path)(unsafe.Pointer(&c)), nil
}

// ParseParams parses the parameters that follow the path and its space in MAIL or RCPT.
func ParseParams(text []byte, verb Verb, o ParseOptions) ([]Param, error) {
	var pin pins
	defer pin.Unpin()
	options, err := o.c(&pin)
	if err != nil {
		return nil, err
	}
	params := make([]Param, ParamsMax)
	var count, at C.size_t
	rc := C.ehlo_params_parse(bytesOf(text), C.size_t(len(text)), C.uint32_t(verb), &options,
		first[C.ehlo_param](params), C.sizeof_ehlo_param, C.size_t(len(params)), &count, &at)
	if rc != 0 {
		return nil, errorAt(rc, at)
	}
	return params[:count], nil
}

// ParsePlain reads the message of SASL PLAIN (RFC 4616), already decoded from base64: pieces of it.
func ParsePlain(message []byte) (authzid, authcid, passwd []byte, err error) {
	var z, c, p C.ehlo_span
	rc := C.ehlo_auth_plain_parse(bytesOf(message), C.size_t(len(message)), &z, &c, &p)
	if rc != 0 {
		return nil, nil, nil, errorOf(rc)
	}
	return spanOf(z).In(message), spanOf(c).In(message), spanOf(p).In(message), nil
}

// ParseReply reads one reply from the start of `input` (RFC 5321 4.2). ErrIncomplete: it has not ended yet.
func ParseReply(input []byte, limits ReplyLimits) (Reply, error) {
	own := limits.c()
	var reply Reply
	var at C.size_t
	rc := C.ehlo_reply_parse(bytesOf(input), C.size_t(len(input)), &own, (*C.ehlo_reply)(unsafe.Pointer(&reply)), &at)
	return reply, errorAt(rc, at)
}

// ReplyLines goes through the texts after the code of each line of a reply that was read.
func ReplyLines(reply []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var at C.size_t
		var text C.ehlo_span
		for C.ehlo_reply_line(bytesOf(reply), C.size_t(len(reply)), &at, &text) == 1 {
			if !yield(spanOf(text).In(reply)) {
				return
			}
		}
	}
}

// Hello is a parsed reply to EHLO or LHLO.
type Hello struct {
	Offered      Extensions // what is known
	Usable       Extensions // of these, what may be used
	SizeLimit    uint64     // octets, 0: no fixed limit; only with HasSizeLimit
	HasSizeLimit bool
	Domain       []byte // the first word
}

// ParseHello reads the complete reply to EHLO or LHLO (RFC 5321 4.1.1.1); `tls` says whether TLS is active.
func ParseHello(reply []byte, tls bool, limits ReplyLimits) (Hello, error) {
	own := limits.c()
	var c C.ehlo_hello
	var at C.size_t
	rc := C.ehlo_hello_parse(bytesOf(reply), C.size_t(len(reply)), truth(tls), &own, &c, &at)
	if rc != 0 {
		return Hello{}, errorAt(rc, at)
	}
	hello := Hello{Domain: spanOf(c.domain).In(reply)}
	fromLibrary(&hello, &c)
	return hello, nil
}

// Capabilities goes through the keywords of such a reply, as sent, and what follows each: nil if nothing does.
func Capabilities(reply []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(keyword, params []byte) bool) {
		var at C.size_t
		var c C.ehlo_capability
		for C.ehlo_hello_next(bytesOf(reply), C.size_t(len(reply)), &at, &c) == 1 {
			if !yield(spanOf(c.keyword).In(reply), spanOf(c.params).In(reply)) {
				return
			}
		}
	}
}

// HasMechanism says whether the mechanism, in any case, stands in an AUTH line of such a reply.
func HasMechanism(reply []byte, mechanism string) bool {
	return C.ehlo_hello_has_mechanism(bytesOf(reply), C.size_t(len(reply)), chars(mechanism),
		C.size_t(len(mechanism))) == 1
}
