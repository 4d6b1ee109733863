package ehlo

// #include "shim.h"
import "C"

import (
	"slices"
	"unsafe"
)

// into appends what `write` gives, which is called again with its room where `dst` has too little.
func into(dst []byte, write func(out unsafe.Pointer, capacity C.size_t) C.int64_t) ([]byte, error) {
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
	return into(dst, func(out unsafe.Pointer, capacity C.size_t) C.int64_t {
		return C.ehlo_command_write(&c, out, capacity)
	})
}
