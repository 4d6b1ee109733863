package ehlo

// #include "shim.h"
import "C"

import "reflect"

// Span is a piece of the buffer of the same call.
type Span struct{ Off, Len uint32 }

// Present says whether the thing is there; an empty one may be.
func (s Span) Present() bool { return s.Off != Absent }

// In gives the octets, which are part of `buffer`; nil where there is nothing.
func (s Span) In(buffer []byte) []byte {
	if s.Off == Absent {
		return nil
	}
	return buffer[s.Off : s.Off+s.Len : s.Off+s.Len]
}

// Text gives a copy of the octets; "" where there is nothing.
func (s Span) Text(buffer []byte) string { return string(s.In(buffer)) }

// BodyIn gives the octets of a span of a body, the constants among them.
func (s Span) BodyIn(buffer []byte) []byte {
	switch s.Off {
	case OffCRLF:
		return lineEnd
	case OffEnd:
		return endOfData
	}
	return s.In(buffer)
}

var (
	lineEnd   = []byte("\r\n")
	endOfData = []byte(".\r\n")
)

// Range is a run of elements of an array of the batch.
type Range struct{ First, Count uint32 }

// Path is a reverse-path or forward-path (RFC 5321 4.1.2), as it was sent.
type Path struct {
	Whole  Span // with its angle brackets
	Route  Span // source route, "@a,@b"; absent if none
	Local  Span // local part as sent, quotes included
	Domain Span // the domain, or what stands between the brackets of a literal; absent if none
	Kind   DomainKind
	Flags  PathFlags
}

// Address gives the address within the brackets and behind the source route: "" for the null path.
func (p *Path) Address(buffer []byte) string {
	whole := p.Whole.In(buffer)
	if len(whole) < 2 {
		return ""
	}
	start := 1
	if p.Route.Present() {
		start += int(p.Route.Len) + 1
	}
	return string(whole[start : len(whole)-1])
}

// Param is a parameter of MAIL or RCPT, as sent and typed.
type Param struct {
	ID      ParamID
	_       uint16
	Keyword Span // as sent, any case
	Value   Span // as sent; absent where there is no "="
	Detail  Span // ORCPT: the address behind "type;"
	Number  int64
}

// Unsigned gives the number of a parameter that has no sign: SIZE, which goes up to 2^64-1.
func (p *Param) Unsigned() uint64 { return uint64(p.Number) }

// ServerEvent is something that a server session tells or asks. Spans are pieces of the input of the advance that gave
// it. Fields that an event does not name are 0 or absent.
type ServerEvent struct {
	Type     ServerEventType
	ID       uint32 // not 0: an ask; answer it with this id
	Flags    Flags
	Err      Error
	Number   uint64
	Line     Span // the command line without its CRLF
	Text     Span
	Response Span
	Path     Path
	Params   Range // see ServerBatch.Params
	Body     Range // see ServerBatch.Body
	Index    uint32
	Verb     Verb
	Kind     uint32 // a DomainKind, or a Junk
	Code     uint32
}

// ClientEvent is something that a client session tells. Spans are pieces of the input of the advance that gave it.
type ClientEvent struct {
	Type        ClientEventType
	Verb        Verb
	Code        uint32 // reply code, 0: no reply
	Enhanced    Enhanced
	Transaction uint32 // counts from 1
	Index       uint32 // of a recipient, in the order of RCPT, from 0
	Verdict     Verdict
	Scope       Scope
	Flags       Flags
	Err         Error
	Number      uint64
	Extensions  Extensions
	Reply       Span // all of the reply, as sent, with its last CRLF: see ReplyLines
	Text        Span // of its first line
}

type answer struct {
	id, kind, code uint32
	enhanced       Enhanced
	text           Span
	err            Error
	_              uint32
}

// layouts are the types that are those of the library too: the arrays of an advance are filled in place.
var layouts = map[reflect.Type]reflect.Type{
	reflect.TypeFor[Span]():        reflect.TypeFor[C.ehlo_span](),
	reflect.TypeFor[Path]():        reflect.TypeFor[C.ehlo_path](),
	reflect.TypeFor[Param]():       reflect.TypeFor[C.ehlo_param](),
	reflect.TypeFor[ServerEvent](): reflect.TypeFor[C.ehlo_server_event](),
	reflect.TypeFor[ClientEvent](): reflect.TypeFor[C.ehlo_client_event](),
	reflect.TypeFor[answer]():      reflect.TypeFor[C.ehlo_server_answer](),
}
