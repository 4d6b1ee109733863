package ehlo

// #include <stdlib.h>
// #include "shim.h"
import "C"

import (
	"runtime"
	"unsafe"
)

// Rule says what to do with a parameter or verb that no offered extension knows, or adds a line to the EHLO reply.
type Rule struct {
	Keyword string // any case; "*" for all; with ScopeEHLO the whole EHLO line
	Scope   RuleScope
	Action  RuleAction
	Octets  uint32 // how much longer the MAIL or RCPT line may be for it
}

// ServerOptions say how a server behaves. Begin with DefaultServerOptions: in several fields 0 means no limit.
// ehlo_server_options in ehlo_server_types.h says more of each.
type ServerOptions struct {
	Hostname          string
	Mechanisms        string // SASL mechanisms, "PLAIN LOGIN"; "": AUTH is not announced; see PlaintextAuth
	Rules             []Rule
	Extensions        Extensions
	Protocol          Protocol
	Asks              Asks
	RequireTLS        bool // 530 before TLS
	RequireAuth       bool // 530 before AUTH
	PlaintextAuth     bool // announce and serve AUTH without TLS too: passwords in clear text
	ImplicitTLS       bool // TLS is active from the first octet (RFC 8314)
	CloseOnInjection  bool // plaintext behind STARTTLS closes instead of being dropped
	BelowMinimum      bool // let limits go below the minimum of RFC 5321 4.5.3.1
	GeneralLiterals   bool // accept address literals with unregistered tags
	RefuseNUL         bool // 550 5.6.0 for content with a NUL; some receivers drop them
	MaxMessageOctets  uint64
	MaxDiscardOctets  uint64
	MaxLineOctets     uint32
	MaxAuthLineOctets uint32
	MaxDataLineOctets uint32
	MaxRecipients     uint32
	MaxMessages       uint32
	MaxErrors         uint32
	MaxIdleCommands   uint32
	MaxAuthAttempts   uint32
	MaxAuthChallenges uint32
	RecipientWindow   uint32
	ReplyQueue        uint32
	ReplyTextOctets   uint32
	CommandEndings    Endings
	DataEndings       Endings // of BDAT too, unless it is BodyBINARYMIME

	MaxLocalPartOctets uint32 // with its quotes; 0: no limit but the line's, at least 64
	MaxPathOctets      uint32 // with its angle brackets; 0: no limit but the line's, at least 256
}

// DefaultServerOptions gives the defaults of the library.
func DefaultServerOptions() ServerOptions {
	var o C.ehlo_server_options
	C.ehlo_server_options_init(&o, C.sizeof_ehlo_server_options)
	return ServerOptions{
		Hostname:          C.GoString(o.hostname),
		Extensions:        Extensions(o.extensions),
		Protocol:          Protocol(o.protocol),
		Asks:              Asks(o.asks),
		MaxMessageOctets:  uint64(o.max_message_octets),
		MaxDiscardOctets:  uint64(o.max_discard_octets),
		MaxLineOctets:     uint32(o.max_line_octets),
		MaxAuthLineOctets: uint32(o.max_auth_line_octets),
		MaxDataLineOctets: uint32(o.max_data_line_octets),
		MaxRecipients:     uint32(o.max_recipients),
		MaxMessages:       uint32(o.max_messages),
		MaxErrors:         uint32(o.max_errors),
		MaxIdleCommands:   uint32(o.max_idle_commands),
		MaxAuthAttempts:   uint32(o.max_auth_attempts),
		MaxAuthChallenges: uint32(o.max_auth_challenges),
		RecipientWindow:   uint32(o.recipient_window),
		ReplyQueue:        uint32(o.reply_queue),
		ReplyTextOctets:   uint32(o.reply_text_octets),
		CommandEndings:    Endings(o.command_endings),
		DataEndings:       Endings(o.data_endings),

		MaxLocalPartOctets: uint32(o.max_local_part_octets),
		MaxPathOctets:      uint32(o.max_path_octets),
	}
}

func (o *ServerOptions) flags() (flags C.uint32_t) {
	for _, one := range []struct {
		set bool
		bit C.uint32_t
	}{
		{o.RequireTLS, C.EHLO_SERVER_FLAG_REQUIRE_TLS},
		{o.RequireAuth, C.EHLO_SERVER_FLAG_REQUIRE_AUTH},
		{o.PlaintextAuth, C.EHLO_SERVER_FLAG_PLAINTEXT_AUTH},
		{o.ImplicitTLS, C.EHLO_SERVER_FLAG_IMPLICIT_TLS},
		{o.CloseOnInjection, C.EHLO_SERVER_FLAG_CLOSE_ON_INJECTION},
		{o.BelowMinimum, C.EHLO_SERVER_FLAG_BELOW_MINIMUM},
		{o.GeneralLiterals, C.EHLO_SERVER_FLAG_GENERAL_LITERALS},
		{o.RefuseNUL, C.EHLO_SERVER_FLAG_REFUSE_NUL},
	} {
		if one.set {
			flags |= one.bit
		}
	}
	return flags
}

// cText holds C strings until the call that they are for is over.
type cText []unsafe.Pointer

func (t *cText) of(text string) *C.char {
	c := C.CString(text)
	*t = append(*t, unsafe.Pointer(c))
	return c
}

func (t *cText) free() {
	for _, memory := range *t {
		C.free(memory)
	}
}

// ServerConfig is an immutable configuration of servers, for any number of sessions on any goroutines.
type ServerConfig struct {
	shared[*C.ehlo_server_config]
}

// NewServerConfig makes a configuration. *OptionError, an ErrArgument: an option is out of range, or text that cannot
// be sent.
func NewServerConfig(o ServerOptions) (*ServerConfig, error) {
	var text cText
	defer text.free()
	var c C.ehlo_server_options
	C.ehlo_server_options_init(&c, C.sizeof_ehlo_server_options)
	if hasNUL(o.Hostname) {
		return nil, &OptionError{"Hostname"}
	}
	if hasNUL(o.Mechanisms) {
		return nil, &OptionError{"Mechanisms"}
	}
	c.hostname = text.of(o.Hostname)
	c.mechanisms = text.of(o.Mechanisms)
	var err error
	if c.rules, err = rulesOf(o.Rules, &text); err != nil {
		return nil, err
	}
	c.rule_count = C.uint64_t(len(o.Rules))
	c.extensions = C.uint64_t(o.Extensions)
	c.max_message_octets = C.uint64_t(o.MaxMessageOctets)
	c.max_discard_octets = C.uint64_t(o.MaxDiscardOctets)
	c.protocol = C.uint32_t(o.Protocol)
	c.asks = C.uint32_t(o.Asks)
	c.flags = o.flags()
	c.max_line_octets = C.uint32_t(o.MaxLineOctets)
	c.max_auth_line_octets = C.uint32_t(o.MaxAuthLineOctets)
	c.max_data_line_octets = C.uint32_t(o.MaxDataLineOctets)
	c.max_recipients = C.uint32_t(o.MaxRecipients)
	c.max_messages = C.uint32_t(o.MaxMessages)
	c.max_errors = C.uint32_t(o.MaxErrors)
	c.max_idle_commands = C.uint32_t(o.MaxIdleCommands)
	c.max_auth_attempts = C.uint32_t(o.MaxAuthAttempts)
	c.max_auth_challenges = C.uint32_t(o.MaxAuthChallenges)
	c.recipient_window = C.uint32_t(o.RecipientWindow)
	c.reply_queue = C.uint32_t(o.ReplyQueue)
	c.reply_text_octets = C.uint32_t(o.ReplyTextOctets)
	c.command_endings = C.uint32_t(o.CommandEndings)
	c.data_endings = C.uint32_t(o.DataEndings)
	c.max_local_part_octets = C.uint32_t(o.MaxLocalPartOctets)
	c.max_path_octets = C.uint32_t(o.MaxPathOctets)

	var rc C.int32_t
	own := &ServerConfig{}
	if own.c = C.ehlo_server_config_new(&c, &C.ehlo_go_allocator, &rc); own.c == nil {
		return nil, optionError(rc, C.ehlo_server_options_check(&c))
	}
	runtime.SetFinalizer(own, (*ServerConfig).Close)
	return own, nil
}

func rulesOf(list []Rule, text *cText) (*C.ehlo_keyword_rule, error) {
	if len(list) == 0 {
		return nil, nil
	}
	// The array holds pointers to C memory, so that it has to be C memory itself.
	memory := C.calloc(C.size_t(len(list)), C.sizeof_ehlo_keyword_rule)
	if memory == nil {
		return nil, ErrMemory
	}
	*text = append(*text, memory)
	rules := unsafe.Slice((*C.ehlo_keyword_rule)(memory), len(list))
	for i, rule := range list {
		if hasNUL(rule.Keyword) {
			return nil, &OptionError{"Rules"}
		}
		rules[i] = C.ehlo_keyword_rule{
			keyword: text.of(rule.Keyword),
			scope:   C.uint32_t(rule.Scope),
			action:  C.uint32_t(rule.Action),
			octets:  C.uint32_t(rule.Octets),
		}
	}
	return &rules[0], nil
}

func hasNUL(text string) bool {
	for i := range len(text) {
		if text[i] == 0 {
			return true
		}
	}
	return false
}

// MaxLine is the longest line in octets that sessions wait for: input buffers must be able to hold it.
func (c *ServerConfig) MaxLine() (octets int) {
	c.use(func(config *C.ehlo_server_config) { octets = int(C.ehlo_server_config_max_line(config)) })
	return octets
}

// Close frees the configuration, once its sessions have been closed too. New ones cannot be made.
func (c *ServerConfig) Close() {
	c.close(func(config *C.ehlo_server_config) { C.ehlo_server_config_free(config) })
	runtime.SetFinalizer(c, nil)
}
