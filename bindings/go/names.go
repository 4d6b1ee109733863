package ehlo

// #include "shim.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// Version gives the version of the library that is linked: "0.1.0".
func Version() string { return C.GoString(C.ehlo_version()) }

// Memory gives the blocks and octets that the library's objects of this process hold now, outside of Go's heap.
func Memory() (blocks, octets int64) { return int64(C.ehlo_go_blocks()), int64(C.ehlo_go_octets()) }

// Protocol is SMTP or LMTP (RFC 2033).
type Protocol uint32

const (
	SMTP Protocol = C.EHLO_PROTOCOL_SMTP
	LMTP Protocol = C.EHLO_PROTOCOL_LMTP
)

// Extensions is a set of service extensions.
type Extensions uint64

const (
	ExtPipelining          Extensions = 1 << C.EHLO_EXT_PIPELINING
	ExtSize                Extensions = 1 << C.EHLO_EXT_SIZE
	Ext8BitMIME            Extensions = 1 << C.EHLO_EXT_8BITMIME
	ExtEnhancedStatusCodes Extensions = 1 << C.EHLO_EXT_ENHANCEDSTATUSCODES
	ExtDSN                 Extensions = 1 << C.EHLO_EXT_DSN
	ExtStartTLS            Extensions = 1 << C.EHLO_EXT_STARTTLS
	ExtAuth                Extensions = 1 << C.EHLO_EXT_AUTH
	ExtChunking            Extensions = 1 << C.EHLO_EXT_CHUNKING
	ExtBinaryMIME          Extensions = 1 << C.EHLO_EXT_BINARYMIME
	ExtSMTPUTF8            Extensions = 1 << C.EHLO_EXT_SMTPUTF8
	ExtRequireTLS          Extensions = 1 << C.EHLO_EXT_REQUIRETLS
	ExtHelp                Extensions = 1 << C.EHLO_EXT_HELP
	ExtEXPN                Extensions = 1 << C.EHLO_EXT_EXPN
	ExtVRFY                Extensions = 1 << C.EHLO_EXT_VRFY

	// ExtDefault is what needs nothing of the program.
	ExtDefault Extensions = C.EHLO_EXT_DEFAULT
)

// Has says whether all of `wanted` are in the set.
func (e Extensions) Has(wanted Extensions) bool { return e&wanted == wanted }

// ExtensionOf gives the extension of an EHLO keyword in any case, 0 if there is none.
func ExtensionOf(keyword string) Extensions {
	return Extensions(C.ehlo_extension_bit(chars(keyword), C.size_t(len(keyword))))
}

// String gives the EHLO keywords of the set, separated by spaces.
func (e Extensions) String() string {
	text := ""
	for bit := Extensions(1); bit != 0; bit <<= 1 {
		if e&bit == 0 {
			continue
		}
		if text != "" {
			text += " "
		}
		text += C.GoString(C.ehlo_extension_name(C.uint64_t(bit)))
	}
	return text
}

// Verb is the verb of a command.
type Verb uint32

const (
	VerbUnknown  Verb = C.EHLO_VERB_UNKNOWN
	VerbEHLO     Verb = C.EHLO_VERB_EHLO
	VerbHELO     Verb = C.EHLO_VERB_HELO
	VerbLHLO     Verb = C.EHLO_VERB_LHLO
	VerbMAIL     Verb = C.EHLO_VERB_MAIL
	VerbRCPT     Verb = C.EHLO_VERB_RCPT
	VerbDATA     Verb = C.EHLO_VERB_DATA
	VerbBDAT     Verb = C.EHLO_VERB_BDAT
	VerbRSET     Verb = C.EHLO_VERB_RSET
	VerbNOOP     Verb = C.EHLO_VERB_NOOP
	VerbQUIT     Verb = C.EHLO_VERB_QUIT
	VerbVRFY     Verb = C.EHLO_VERB_VRFY
	VerbEXPN     Verb = C.EHLO_VERB_EXPN
	VerbHELP     Verb = C.EHLO_VERB_HELP
	VerbSTARTTLS Verb = C.EHLO_VERB_STARTTLS
	VerbAUTH     Verb = C.EHLO_VERB_AUTH
)

// String gives the verb in upper case, "?" for VerbUnknown.
func (v Verb) String() string { return C.GoString(C.ehlo_verb_name(C.uint32_t(v))) }

// ParamID names a known parameter of MAIL or RCPT.
type ParamID uint16

const (
	ParamUnknown    ParamID = C.EHLO_PARAM_UNKNOWN // one that a keyword rule lets through
	ParamSize       ParamID = C.EHLO_PARAM_SIZE    // Number: octets
	ParamBody       ParamID = C.EHLO_PARAM_BODY    // Number: a Body
	ParamSMTPUTF8   ParamID = C.EHLO_PARAM_SMTPUTF8
	ParamRET        ParamID = C.EHLO_PARAM_RET // Number: a Return
	ParamENVID      ParamID = C.EHLO_PARAM_ENVID
	ParamNOTIFY     ParamID = C.EHLO_PARAM_NOTIFY // Number: a Notify
	ParamORCPT      ParamID = C.EHLO_PARAM_ORCPT  // Detail: the address behind "type;"
	ParamAUTH       ParamID = C.EHLO_PARAM_AUTH
	ParamRequireTLS ParamID = C.EHLO_PARAM_REQUIRETLS
)

// ParamsMax is the most parameters that one command may carry.
const ParamsMax = C.EHLO_PARAMS_MAX

// Body is what the content of a message is made of (RFC 6152, RFC 3030).
type Body uint32

const (
	Body7Bit       Body = C.EHLO_BODY_7BIT
	Body8BitMIME   Body = C.EHLO_BODY_8BITMIME
	BodyBinaryMIME Body = C.EHLO_BODY_BINARYMIME
)

// Return says how much of a message a notification gives back (RFC 3461 4.3).
type Return uint32

const (
	ReturnUnset   Return = 0
	ReturnFull    Return = C.EHLO_RET_FULL
	ReturnHeaders Return = C.EHLO_RET_HDRS
)

// Notify is a set of occasions for a notification (RFC 3461 4.1).
type Notify uint32

const (
	NotifyNever   Notify = C.EHLO_NOTIFY_NEVER
	NotifySuccess Notify = C.EHLO_NOTIFY_SUCCESS
	NotifyFailure Notify = C.EHLO_NOTIFY_FAILURE
	NotifyDelay   Notify = C.EHLO_NOTIFY_DELAY
)

// DomainKind says what stands behind the "@" of a path, or in EHLO.
type DomainKind uint32

const (
	DomainNone    DomainKind = C.EHLO_DOMAIN_NONE
	DomainName    DomainKind = C.EHLO_DOMAIN_NAME
	DomainIPv4    DomainKind = C.EHLO_DOMAIN_IPV4
	DomainIPv6    DomainKind = C.EHLO_DOMAIN_IPV6
	DomainGeneral DomainKind = C.EHLO_DOMAIN_GENERAL
)

// PathFlags say what a path is.
type PathFlags uint32

const (
	PathNull       PathFlags = C.EHLO_PATH_NULL       // <>
	PathPostmaster PathFlags = C.EHLO_PATH_POSTMASTER // <Postmaster> without a domain
	PathQuoted     PathFlags = C.EHLO_PATH_QUOTED
	PathNonASCII   PathFlags = C.EHLO_PATH_NON_ASCII // needs SMTPUTF8
)

// Endings says what to do with a bare CR or LF, in DATA and in BDAT unless that is BodyBinaryMIME. The end of data is CR
// LF . CR LF under each of them, and a line that some receiver would take for it is refused (ErrFalseEnd).
type Endings uint32

const (
	EndingsReject    Endings = C.EHLO_ENDING_REJECT
	EndingsNormalize Endings = C.EHLO_ENDING_NORMALIZE
	EndingsAccept    Endings = C.EHLO_ENDING_ACCEPT // the next hop may read another message than you did
)

// Flags of commands and events.
type Flags uint32

const (
	FlagLast     Flags = C.EHLO_FLAG_LAST   // BDAT: the last chunk; ClientOutcome: the content
	FlagSecret   Flags = C.EHLO_FLAG_SECRET // Line may hold credentials: do not log it
	FlagSMTPUTF8 Flags = C.EHLO_FLAG_SMTPUTF8
	FlagLiteral  Flags = C.EHLO_FLAG_LITERAL  // the host is an address literal
	FlagAnswered Flags = C.EHLO_FLAG_ANSWERED // the session has answered the challenge itself
)

// Wants is what a session waits for.
type Wants uint32

const (
	WantInput   Wants = C.EHLO_WANT_INPUT
	WantOutput  Wants = C.EHLO_WANT_OUTPUT
	WantAnswer  Wants = C.EHLO_WANT_ANSWER
	WantTLS     Wants = C.EHLO_WANT_TLS
	WantClose   Wants = C.EHLO_WANT_CLOSE
	WantBody    Wants = C.EHLO_WANT_BODY
	WantCommand Wants = C.EHLO_WANT_COMMAND
	WantEvents  Wants = C.EHLO_WANT_EVENTS
)

// Facts of a session, for logs and trace fields.
type Facts uint32

const (
	FactTLS           Facts = C.EHLO_FACT_TLS
	FactAuthenticated Facts = C.EHLO_FACT_AUTHENTICATED
	FactESMTP         Facts = C.EHLO_FACT_ESMTP
	FactSMTPUTF8      Facts = C.EHLO_FACT_SMTPUTF8
	FactEarlyTalker   Facts = C.EHLO_FACT_EARLY_TALKER
	FactIllPipelined  Facts = C.EHLO_FACT_ILL_PIPELINED
	FactSecretOutput  Facts = C.EHLO_FACT_SECRET_OUTPUT
	FactChunks        Facts = C.EHLO_FACT_CHUNKS
)

// TimeoutKind is what a timeout is about (RFC 5321 4.5.3.2).
type TimeoutKind uint32

const (
	TimeoutNone            TimeoutKind = C.EHLO_TIMEOUT_NONE
	TimeoutCommand         TimeoutKind = C.EHLO_TIMEOUT_COMMAND
	TimeoutData            TimeoutKind = C.EHLO_TIMEOUT_DATA
	TimeoutTLS             TimeoutKind = C.EHLO_TIMEOUT_TLS
	TimeoutGreeting        TimeoutKind = C.EHLO_TIMEOUT_GREETING
	TimeoutDataInitiation  TimeoutKind = C.EHLO_TIMEOUT_DATA_INITIATION
	TimeoutDataBlock       TimeoutKind = C.EHLO_TIMEOUT_DATA_BLOCK
	TimeoutDataTermination TimeoutKind = C.EHLO_TIMEOUT_DATA_TERMINATION
)

// Timeout is what is waited for, and how long at most.
type Timeout struct {
	Kind    TimeoutKind
	Seconds uint32
}

// Enhanced is an enhanced status code (RFC 3463) in one number; 0 is none.
type Enhanced uint32

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
	if e == 0 {
		return ""
	}
	return fmt.Sprintf("%d.%d.%d", e.Class(), e.Subject(), e.Detail())
}

func chars(text string) *C.char { return (*C.char)(unsafe.Pointer(unsafe.StringData(text))) }

func octets(data []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(data))) }

func bytesOf(data []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(data)) }

func truth(value bool) C.int32_t {
	if value {
		return 1
	}
	return 0
}
