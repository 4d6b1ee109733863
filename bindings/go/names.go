package ehlo

// #include "shim.h"
import "C"

import (
	"fmt"
	"strings"
	"unsafe"
)

// Version gives the version of the library that is linked: "0.1.0".
func Version() string { return C.GoString(C.ehlo_version()) }

// Memory gives the blocks and octets that the library's objects of this process hold now, outside of Go's heap.
func Memory() (blocks, octets int64) { return int64(C.ehlo_go_blocks()), int64(C.ehlo_go_octets()) }

// Has says whether all of `wanted` are in the set.
func (e Extensions) Has(wanted Extensions) bool { return e&wanted == wanted }

// ExtensionOf gives the extension of an EHLO keyword in any case, 0 if there is none.
func ExtensionOf(keyword string) Extensions {
	return Extensions(C.ehlo_extension_bit(chars(keyword), C.size_t(len(keyword))))
}

// String gives the EHLO keywords of the set, separated by spaces.
func (e Extensions) String() string {
	var keywords []string
	for rest := e; rest != 0; rest &= rest - 1 {
		keywords = append(keywords, C.GoString(C.ehlo_extension_name(C.uint64_t(rest&-rest))))
	}
	return strings.Join(keywords, " ")
}

// String gives the verb in upper case, "?" for VerbUnknown.
func (v Verb) String() string { return C.GoString(C.ehlo_verb_name(C.uint32_t(v))) }

// ReturnUnset says nothing about what a notification is to return.
const ReturnUnset Return = 0

// String gives its name.
func (t ServerEventType) String() string { return C.GoString(C.ehlo_server_event_name(C.uint32_t(t))) }

// String gives its name.
func (t ClientEventType) String() string { return C.GoString(C.ehlo_client_event_name(C.uint32_t(t))) }

// String gives "accepted", "failed", "retry", "unknown" or "none".
func (v Verdict) String() string {
	if int(v) < len(verdicts) {
		return verdicts[v]
	}
	return "none"
}

var verdicts = [...]string{"none", "accepted", "failed", "retry", "unknown"}

func timeoutOf(c C.ehlo_timeout) Timeout { return *(*Timeout)(unsafe.Pointer(&c)) }

// Enhanced is an enhanced status code (RFC 3463) in one number. In a reply that the program gives 0 stands for the default
// of its code, and EnhancedNone for none. What was read has EnhancedNone where there is none.
type Enhanced uint32

// EnhancedNone is none, where 0 would be the default.
const EnhancedNone Enhanced = C.EHLO_ENHANCED_NONE

// EnhancedCode puts an enhanced status code together: EnhancedCode(5, 1, 1).
func EnhancedCode(class, subject, detail int) Enhanced {
	return Enhanced(class)<<20 | Enhanced(subject&1023)<<10 | Enhanced(detail&1023)
}

// ParseEnhanced reads "5.1.1".
func ParseEnhanced(text string) (Enhanced, bool) {
	var class, subject, detail uint16
	n, err := fmt.Sscanf(text, "%d.%d.%d", &class, &subject, &detail)
	code := EnhancedCode(int(class), int(subject), int(detail))
	if err != nil || n != 3 || code.String() != text {
		return 0, false
	}
	return code, true
}

// Class, Subject and Detail are its three numbers.
func (e Enhanced) Class() int   { return int(e >> 20) }
func (e Enhanced) Subject() int { return int(e >> 10 & 1023) }
func (e Enhanced) Detail() int  { return int(e & 1023) }

// String gives "5.1.1", or "" for none.
func (e Enhanced) String() string {
	if e.Class() == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", e.Class(), e.Subject(), e.Detail())
}

func chars(text string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(text))) }

func bytesOf(data []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(data)) }

func truth(value bool) C.int32_t {
	if value {
		return 1
	}
	return 0
}

// flag gives the bit where it is set.
func flag(set bool, bit C.uint32_t) C.uint32_t { return C.uint32_t(truth(set)) * bit }
