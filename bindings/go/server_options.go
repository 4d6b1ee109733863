package ehlo

// #include "shim.h"
import "C"

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
func DefaultServerOptions() (o ServerOptions) {
	var c C.ehlo_server_options
	C.ehlo_server_options_init(&c, C.sizeof_ehlo_server_options)
	fromLibrary(&o, &c)
	return o
}

func (o *ServerOptions) flags() C.uint32_t {
	return flag(o.RequireTLS, C.EHLO_SERVER_FLAG_REQUIRE_TLS) |
		flag(o.RequireAuth, C.EHLO_SERVER_FLAG_REQUIRE_AUTH) |
		flag(o.PlaintextAuth, C.EHLO_SERVER_FLAG_PLAINTEXT_AUTH) |
		flag(o.ImplicitTLS, C.EHLO_SERVER_FLAG_IMPLICIT_TLS) |
		flag(o.CloseOnInjection, C.EHLO_SERVER_FLAG_CLOSE_ON_INJECTION) |
		flag(o.BelowMinimum, C.EHLO_SERVER_FLAG_BELOW_MINIMUM) |
		flag(o.GeneralLiterals, C.EHLO_SERVER_FLAG_GENERAL_LITERALS) |
		flag(o.RefuseNUL, C.EHLO_SERVER_FLAG_REFUSE_NUL)
}

// ServerConfig is an immutable configuration of servers, for any number of sessions on any goroutines. Close frees it
// once its sessions have been closed too.
type ServerConfig struct {
	shared[*C.ehlo_server_config]
}

// NewServerConfig makes a configuration. *OptionError, an ErrArgument: an option is out of range, or text that cannot
// be sent.
func NewServerConfig(o ServerOptions) (*ServerConfig, error) {
	var pin pins
	defer pin.Unpin()
	var c C.ehlo_server_options
	C.ehlo_server_options_init(&c, C.sizeof_ehlo_server_options)
	c.flags = o.flags()
	rules := make([]C.ehlo_keyword_rule, len(o.Rules))
	for i := range rules {
		if pin.fill(&rules[i], &o.Rules[i], false) != nil {
			return nil, &OptionError{"Rules"}
		}
	}
	if len(rules) != 0 {
		pin.Pin(&rules[0])
		c.rules, c.rule_count = &rules[0], C.uint64_t(len(rules))
	}
	if err := pin.fill(&c, &o, false); err != nil {
		return nil, err
	}
	var rc C.int32_t
	made := C.ehlo_server_config_new(&c, &C.ehlo_go_allocator, &rc)
	if rc != 0 {
		return nil, optionError(rc, C.ehlo_server_options_check(&c))
	}
	config := &ServerConfig{}
	return config, config.own(made, func(c *C.ehlo_server_config) { C.ehlo_server_config_free(c) })
}

// MaxLine is the longest line in octets that sessions wait for: input buffers must be able to hold it.
func (c *ServerConfig) MaxLine() (octets int) {
	c.use(func(config *C.ehlo_server_config) { octets = int(C.ehlo_server_config_max_line(config)) })
	return octets
}
