package ehlo

// #include "shim.h"
import "C"

import "fmt"

// ErrorInfo is what is known of an error.
type ErrorInfo struct {
	Name     string   // "line-too-long"
	Enhanced Enhanced // of the reply that a server should give, EnhancedNone if there is none
	Text     string   // its text
	Code     int      // its reply code, 0 if none
	Fault    Fault
	Fatal    bool // the session cannot go on
}

// Info gives what is known of the error; an unknown value has the name "unknown-error".
func (e Error) Info() (info ErrorInfo) {
	fromLibrary(&info, C.ehlo_error(C.int32_t(e)))
	return info
}

// Name gives the name alone: "line-too-long".
func (e Error) Name() string { return C.GoString(C.ehlo_error_name(C.int32_t(e))) }

// Error gives "ehlo: " and the name. An Error is a plain number: comparing works with == and errors.Is, and giving one back
// allocates nothing.
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
	return &OptionError{goName(C.GoString(name))}
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
