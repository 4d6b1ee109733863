package server

import (
	"errors"
	"fmt"
	"strings"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// Reply is an answer with code and text. As an error it refuses, or with a code of class 2 accepts in other words: see the
// table of the package.
type Reply struct {
	Code     int
	Enhanced ehlo.Enhanced // 0: the default of the code
	Text     string        // "\n" begins a new line; what may not be sent is replaced by "?"
}

// Error gives the reply in one line.
func (r *Reply) Error() string {
	if r == nil {
		return "no reply"
	}
	if r.Enhanced.Class() == 0 {
		return fmt.Sprintf("%d %s", r.Code, r.Text)
	}
	return fmt.Sprintf("%d %v %s", r.Code, r.Enhanced, r.Text)
}

// OK accepts with a text of one's own: OK("queued as 4711"). The text may not begin with the code of a refusal.
func OK(text string) *Reply { return &Reply{Code: 250, Text: text} }

// Refuse gives a refusal: Refuse(550, 5, 1, 1, "no such user").
func Refuse(code, class, subject, detail int, text string) *Reply {
	return &Reply{code, ehlo.EnhancedCode(class, subject, detail), text}
}

var (
	localError   = Refuse(451, 4, 3, 0, "Requested action aborted: local error in processing")
	notAvailable = Refuse(421, 4, 3, 2, "Service not available")
	panicked     = Refuse(421, 4, 3, 0, "Internal error, closing transmission channel")
)

// replyOf gives the answer that the error of a hook stands for: nil, the default acceptance, for nil alone. What is no
// answer is logged, and `otherwise` given.
func (c *conn) replyOf(err error, otherwise *Reply) *Reply {
	if err == nil {
		return nil
	}
	reply, mistake := decision(err)
	if reply != nil {
		return reply
	}
	if mistake == "" {
		mistake = "a handler failed"
	}
	c.logError(mistake, err)
	return otherwise
}

// decision gives the reply that an error stands for. nil: it is none, or a mistake of the hook, which is named.
func decision(err error) (reply *Reply, mistake string) {
	// As it is: within another error it is the trouble of somebody else, such as the next hop.
	if known, ok := err.(ehlo.Error); ok {
		if info := known.Info(); info.Code >= 400 && info.Code != 421 {
			return &Reply{info.Code, info.Enhanced, info.Text}, ""
		}
	}
	if !errors.As(err, &reply) {
		return nil, ""
	}
	if reply == nil {
		return nil, "a handler gave a nil *Reply as an error"
	}
	_, itself := err.(*Reply)
	return reply.checked(itself)
}

// checked gives the reply if it can be given. What accepts has to do so beyond doubt, what refuses always refuses.
func (r *Reply) checked(itself bool) (*Reply, string) {
	agrees := r.Enhanced == 0 || r.Enhanced == ehlo.EnhancedNone || r.Enhanced.Class() == r.Code/100
	switch {
	case r.Code < 200 || r.Code > 599 || r.Code/100 == 3:
		return nil, "a handler gave a code that no answer can have"
	case !accepts(r) && !agrees:
		return &Reply{Code: r.Code, Text: r.Text}, ""
	case !accepts(r):
		return r, ""
	case !itself:
		return nil, "a handler gave an acceptance within another error"
	case !agrees:
		return nil, "a handler gave an acceptance with the enhanced code of something else"
	case beginsWithRefusal(r.Text):
		return nil, "a handler gave an acceptance whose text begins with the code of a refusal"
	}
	return r, ""
}

func accepts(reply *Reply) bool { return reply == nil || reply.Code/100 == 2 }

// beginsWithRefusal says whether a text begins with a reply code or enhanced code that does not accept: "550 no such user",
// "5.1.1 no such user".
func beginsWithRefusal(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	word := text
	if end := strings.IndexAny(text, " -\t\r\n"); end >= 0 {
		word = text[:end]
	}
	if enhanced, ok := ehlo.ParseEnhanced(word); ok {
		return enhanced.Class() != 2
	}
	return len(word) == 3 && word[0] >= '3' && word[0] <= '5' && word[1] >= '0' && word[1] <= '5' && word[2] >= '0' &&
		word[2] <= '9'
}

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
