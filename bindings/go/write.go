package ehlo

// #include "shim.h"
import "C"

import (
	"slices"
	"unsafe"
)

// into appends what `write` gives, which is called again with more room where the first try has too little.
func into(dst []byte, guess int, write func(out unsafe.Pointer, capacity C.size_t) C.int64_t) ([]byte, error) {
	dst = slices.Grow(dst, guess)
	for {
		free := dst[len(dst):cap(dst)]
		n := write(bytesOf(free), C.size_t(len(free)))
		if n < 0 {
			return dst, Error(n)
		}
		if int(n) <= len(free) {
			return dst[:len(dst)+int(n)], nil
		}
		dst = slices.Grow(dst, int(n))
	}
}

// CommandText is a command to be written.
type CommandText struct {
	Verb        Verb
	Text        string // host, mechanism or argument; MAIL and RCPT: the path without its brackets, "" for <>
	Params      string // MAIL and RCPT: "KEYWORD=value KEYWORD": see AppendParam
	Response    []byte // AUTH: the initial response in raw octets; nil: none; an empty one is written as "="
	Number      uint64 // BDAT: octets
	Last        bool   // BDAT
	AllowUTF8   bool   // non-ASCII is allowed; VRFY and EXPN carry SMTPUTF8
	HasResponse bool   // AUTH: Response counts also where it is nil
}

// AppendCommand appends the command line with its CRLF. Nothing that would end the line or begin another can leave
// inside an argument: ErrArgument, ErrSyntax, ErrNeedsSMTPUTF8.
func AppendCommand(dst []byte, command CommandText) ([]byte, error) {
	var pin pins
	defer pin.Unpin()
	var c C.ehlo_command_text
	C.ehlo_command_text_init(&c, C.sizeof_ehlo_command_text)
	c.verb, c.number = C.uint32_t(command.Verb), C.uint64_t(command.Number)
	c.flags = flag(command.Last, C.EHLO_FLAG_LAST) | flag(command.AllowUTF8, C.EHLO_FLAG_SMTPUTF8)
	c.text, c.text_length = pin.view(command.Text), C.size_t(len(command.Text))
	c.params, c.params_length = pin.view(command.Params), C.size_t(len(command.Params))
	if command.Response != nil || command.HasResponse {
		c.response, c.response_length = pin.view(string(command.Response)), C.size_t(len(command.Response))
	}
	return into(dst, 64+len(command.Text)+len(command.Params)+2*len(command.Response),
		func(out unsafe.Pointer, capacity C.size_t) C.int64_t { return C.ehlo_command_write(&c, out, capacity) })
}

// AppendParam appends "KEYWORD=value" from its meaning, as the kind of its row has it: `number` of numbers, words and dates
// (SIZE from 2^63 on: int64(size)), else `text`, decoded (ORCPT: "type;address"). ErrArgument: there is no such value.
func AppendParam(dst []byte, id ParamID, number int64, text string) ([]byte, error) {
	return into(dst, 32+2*len(text), func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_param_write(C.uint32_t(id), C.int64_t(number), chars(text), C.size_t(len(text)), out, capacity)
	})
}

// AppendParamValue appends the value alone.
func AppendParamValue(dst []byte, id ParamID, number int64, text string) ([]byte, error) {
	return into(dst, 32+2*len(text), func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_param_value_write(C.uint32_t(id), C.int64_t(number), chars(text), C.size_t(len(text)), out,
			capacity)
	})
}

// AppendUnquoted appends the meaning of a local part as sent: quotes and backslashes removed (RFC 5321 4.1.2).
func AppendUnquoted(dst, local []byte) ([]byte, error) {
	return into(dst, len(local), func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_local_part_unquote(bytesOf(local), C.size_t(len(local)), out, capacity)
	})
}

// AppendQuoted appends a local part as it is to be sent, in quotes where it needs them.
func AppendQuoted(dst, local []byte) ([]byte, error) {
	return into(dst, len(local)+2, func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_local_part_quote(bytesOf(local), C.size_t(len(local)), out, capacity)
	})
}

// AppendXtextDecoded appends what the xtext says (RFC 3461 4); `anyCase`: hexadecimal digits in lower case too
// (RFC 4954 5).
func AppendXtextDecoded(dst, text []byte, anyCase bool) ([]byte, error) {
	return into(dst, len(text), func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_xtext_decode(bytesOf(text), C.size_t(len(text)), truth(anyCase), out, capacity)
	})
}

// AppendXtext appends the text as xtext.
func AppendXtext(dst, text []byte) ([]byte, error) {
	return into(dst, 2*len(text), func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_xtext_encode(bytesOf(text), C.size_t(len(text)), out, capacity)
	})
}

// AppendORCPTDecoded appends the address of an ORCPT value behind its "type;" (RFC 3461 4.2, RFC 6533 3).
func AppendORCPTDecoded(dst, value []byte) ([]byte, error) {
	return into(dst, len(value), func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_orcpt_decode(bytesOf(value), C.size_t(len(value)), out, capacity)
	})
}

// AppendBase64Decoded appends what the base64 says, read strictly as RFC 4954 4 asks.
func AppendBase64Decoded(dst, text []byte) ([]byte, error) {
	return into(dst, len(text), func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_base64_decode(bytesOf(text), C.size_t(len(text)), out, capacity)
	})
}

// AppendBase64 appends the octets in base64.
func AppendBase64(dst, data []byte) ([]byte, error) {
	return into(dst, (len(data)+2)/3*4, func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_base64_encode(bytesOf(data), C.size_t(len(data)), out, capacity)
	})
}

// AppendPlain appends the message of SASL PLAIN in raw octets (RFC 4616). ErrArgument: a NUL in a field, or an empty
// authcid or passwd.
func AppendPlain(dst []byte, authzid, authcid, passwd string) ([]byte, error) {
	return into(dst, len(authzid)+len(authcid)+len(passwd)+2,
		func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
			return C.ehlo_auth_plain_write(chars(authzid), C.size_t(len(authzid)), chars(authcid),
				C.size_t(len(authcid)), chars(passwd), C.size_t(len(passwd)), out, capacity)
		})
}

// AppendReply appends a reply; `enhanced` 0 for the default of the code, EnhancedNone for none; "\n" in the text begins a
// line, and long lines are folded at 512 octets.
func AppendReply(dst []byte, code int, enhanced Enhanced, text string) ([]byte, error) {
	return into(dst, 32+len(text), func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_reply_write(C.uint32_t(code), C.uint32_t(enhanced), chars(text), C.size_t(len(text)), out,
			capacity)
	})
}

// AppendHello appends a 250 reply to EHLO: the domain and a line for each line of `lines`, which are separated by
// "\n", each a keyword with its parameters.
func AppendHello(dst []byte, domain, lines string) ([]byte, error) {
	return into(dst, 64+len(domain)+2*len(lines), func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_hello_write(chars(domain), C.size_t(len(domain)), chars(lines), C.size_t(len(lines)), out,
			capacity)
	})
}
