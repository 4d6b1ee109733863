package ehlo

// #include "shim.h"
import "C"

import (
	"fmt"
)

// Error is a mistake of the program or a fault of the peer. It is a plain number: comparing works with == and
// errors.Is, and giving one back allocates nothing.
type Error int32

// The errors of ehlo_types.h, whose comments say more of each.
const (
	ErrArgument   Error = C.EHLO_E_ARGUMENT
	ErrState      Error = C.EHLO_E_STATE
	ErrID         Error = C.EHLO_E_ID
	ErrMemory     Error = C.EHLO_E_MEMORY
	ErrSpace      Error = C.EHLO_E_SPACE
	ErrNotOffered Error = C.EHLO_E_NOT_OFFERED
	ErrIncomplete Error = C.EHLO_E_INCOMPLETE

	ErrLineTooLong       Error = C.EHLO_E_LINE_TOO_LONG
	ErrSyntax            Error = C.EHLO_E_SYNTAX
	ErrUnknownCommand    Error = C.EHLO_E_UNKNOWN_COMMAND
	ErrNotImplemented    Error = C.EHLO_E_NOT_IMPLEMENTED
	ErrBadParameter      Error = C.EHLO_E_BAD_PARAMETER
	ErrUnknownParameter  Error = C.EHLO_E_UNKNOWN_PARAMETER
	ErrSizeOverflow      Error = C.EHLO_E_SIZE_OVERFLOW
	ErrNeedsSMTPUTF8     Error = C.EHLO_E_NEEDS_SMTPUTF8
	ErrBadSequence       Error = C.EHLO_E_BAD_SEQUENCE
	ErrBadBase64         Error = C.EHLO_E_BAD_BASE64
	ErrBadMechanism      Error = C.EHLO_E_BAD_MECHANISM
	ErrTLSRequired       Error = C.EHLO_E_TLS_REQUIRED
	ErrAuthRequired      Error = C.EHLO_E_AUTH_REQUIRED
	ErrTooManyRecipients Error = C.EHLO_E_TOO_MANY_RECIPIENTS
	ErrMessageTooLarge   Error = C.EHLO_E_MESSAGE_TOO_LARGE
	ErrNoRecipients      Error = C.EHLO_E_NO_RECIPIENTS
	ErrAuthCancelled     Error = C.EHLO_E_AUTH_CANCELLED
	ErrTooManyMessages   Error = C.EHLO_E_TOO_MANY_MESSAGES
	ErrBadChunk          Error = C.EHLO_E_BAD_CHUNK
	ErrAuthLineTooLong   Error = C.EHLO_E_AUTH_LINE_TOO_LONG
	ErrPathTooLong       Error = C.EHLO_E_PATH_TOO_LONG
	ErrBadSender         Error = C.EHLO_E_BAD_SENDER
	ErrBadRecipient      Error = C.EHLO_E_BAD_RECIPIENT

	ErrBareLF          Error = C.EHLO_E_BARE_LF
	ErrBareCR          Error = C.EHLO_E_BARE_CR
	ErrDataLineTooLong Error = C.EHLO_E_DATA_LINE_TOO_LONG
	ErrFalseEnd        Error = C.EHLO_E_FALSE_END
	ErrNUL             Error = C.EHLO_E_NUL

	ErrTooManyErrors   Error = C.EHLO_E_TOO_MANY_ERRORS
	ErrTimeout         Error = C.EHLO_E_TIMEOUT
	ErrConnectionLost  Error = C.EHLO_E_CONNECTION_LOST
	ErrTLSFailed       Error = C.EHLO_E_TLS_FAILED
	ErrTLSInjection    Error = C.EHLO_E_TLS_INJECTION
	ErrShutdown        Error = C.EHLO_E_SHUTDOWN
	ErrTooManyCommands Error = C.EHLO_E_TOO_MANY_COMMANDS
	ErrTooMuchJunk     Error = C.EHLO_E_TOO_MUCH_JUNK

	ErrMalformedReply   Error = C.EHLO_E_MALFORMED_REPLY
	ErrCodeMismatch     Error = C.EHLO_E_CODE_MISMATCH
	ErrReplyTooLong     Error = C.EHLO_E_REPLY_TOO_LONG
	ErrUnexpectedCode   Error = C.EHLO_E_UNEXPECTED_CODE
	ErrUnsolicitedReply Error = C.EHLO_E_UNSOLICITED_REPLY
	ErrHelloRefused     Error = C.EHLO_E_HELLO_REFUSED
)

// Fault says whose an error is.
type Fault uint8

const (
	FaultNone    Fault = C.EHLO_FAULT_NONE
	FaultProgram Fault = C.EHLO_FAULT_PROGRAM
	FaultPeer    Fault = C.EHLO_FAULT_PEER
)

// ErrorInfo is what is known of an error.
type ErrorInfo struct {
	Name     string   // "line-too-long"
	Enhanced Enhanced // enhanced status code of the reply that a server should give, 0 if none
	Text     string   // its text
	Code     int      // its reply code, 0 if none
	Fault    Fault
	Fatal    bool // the session cannot go on
}

// Info gives what is known of the error; an unknown value has the name "unknown-error".
func (e Error) Info() ErrorInfo {
	info := C.ehlo_error(C.int32_t(e))
	enhanced, _ := ParseEnhanced(C.GoString(info.enhanced))
	return ErrorInfo{
		Name:     C.GoString(info.name),
		Enhanced: enhanced,
		Text:     C.GoString(info.text),
		Code:     int(info.code),
		Fault:    Fault(info.fault),
		Fatal:    info.fatal != 0,
	}
}

// Name gives the name alone: "line-too-long".
func (e Error) Name() string { return C.GoString(C.ehlo_error_name(C.int32_t(e))) }

// Error gives "ehlo: " and the name.
func (e Error) Error() string { return "ehlo: " + e.Name() }

// PositionError is an error with its place in what was read.
type PositionError struct {
	Err    Error
	Offset int // octets from the start
}

func (e *PositionError) Error() string { return fmt.Sprintf("%v at octet %d", e.Err, e.Offset) }

// Unwrap gives the Error.
func (e *PositionError) Unwrap() error { return e.Err }

// OptionError names an option that is out of range, or text that cannot be sent. It is an ErrArgument.
type OptionError struct {
	Option string // the field: "MaxRecipients", "Replies.Octets"
}

func (e *OptionError) Error() string { return "ehlo: the option " + e.Option + " is out of range" }

// Unwrap gives ErrArgument.
func (e *OptionError) Unwrap() error { return ErrArgument }

// optionError says which option has led to the error: the C library names it as its own headers do.
func optionError(rc C.int32_t, name *C.char) error {
	if Error(rc) != ErrArgument || name == nil {
		return errorOf(rc)
	}
	field, upper := []byte(nil), true
	for _, octet := range []byte(C.GoString(name)) {
		switch {
		case octet == '_':
			upper = true
			continue
		case upper && octet >= 'a' && octet <= 'z':
			octet -= 'a' - 'A'
		}
		field, upper = append(field, octet), octet == '.'
	}
	if string(field) == "RuleCount" { // of a slice
		field = []byte("Rules")
	}
	return &OptionError{string(field)}
}

func errorOf(rc C.int32_t) error {
	if rc == 0 {
		return nil
	}
	return Error(rc)
}

func errorAt(rc C.int32_t, offset C.size_t) error {
	if rc == 0 {
		return nil
	}
	return &PositionError{Error(rc), int(offset)}
}
