package server

import (
	"errors"
	"fmt"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// Reply is an answer with code and text. As an error it refuses, or with a code of class 2 accepts in other words.
type Reply struct {
	Code     int
	Enhanced ehlo.Enhanced // 0: a default of the code's class
	Text     string        // "\n" begins a new line; what may not be sent is replaced by "?"
}

// Error gives the reply in one line.
func (r *Reply) Error() string {
	if r.Enhanced == 0 {
		return fmt.Sprintf("%d %s", r.Code, r.Text)
	}
	return fmt.Sprintf("%d %v %s", r.Code, r.Enhanced, r.Text)
}

// OK accepts with a text of one's own: OK("queued as 4711").
func OK(text string) *Reply { return &Reply{Code: 250, Text: text} }

// Refuse gives a refusal: Refuse(550, 5, 1, 1, "no such user").
func Refuse(code, class, subject, detail int, text string) *Reply {
	return &Reply{code, ehlo.EnhancedCode(class, subject, detail), text}
}

var (
	localError   = Refuse(451, 4, 3, 0, "Requested action aborted: local error in processing")
	authFailed   = Refuse(535, 5, 7, 8, "Authentication credentials invalid")
	notAvailable = Refuse(421, 4, 3, 2, "Service not available")
	panicked     = Refuse(421, 4, 3, 0, "Internal error, closing transmission channel")
)

// replyOf gives the answer that the error stands for; nil accepts by default.
func (c *conn) replyOf(err error, otherwise *Reply) *Reply {
	if err == nil {
		return nil
	}
	var reply *Reply
	if errors.As(err, &reply) {
		return reply
	}
	// As it is: within another error it is the trouble of somebody else, such as the next hop.
	if known, ok := err.(ehlo.Error); ok {
		if info := known.Info(); info.Code >= 400 && info.Code != 421 {
			return &Reply{info.Code, info.Enhanced, info.Text}
		}
	}
	c.logError("a handler failed", err)
	return otherwise
}

func accepts(reply *Reply) bool { return reply == nil || reply.Code/100 == 2 }

// sendable replaces what the session would refuse to send.
func sendable(text string, utf8 bool) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || (r >= ' ' && r < 0x7F) || (utf8 && r > 0x9F && r != 0xFFFD) {
			return r
		}
		if r == '\r' {
			return -1
		}
		return '?'
	}, text)
}
