package ehlo

// #include "shim.h"
import "C"

// ReplyLimits bound one reply; 0 stands for the default (4096 octets a line, 256 lines, 65536 octets).
type ReplyLimits struct {
	LineOctets uint32
	Lines      uint32
	Octets     uint32
}

func (l ReplyLimits) c() C.ehlo_reply_limits {
	return C.ehlo_reply_limits{C.uint32_t(l.LineOctets), C.uint32_t(l.Lines), C.uint32_t(l.Octets)}
}

// ClientOptions say how a client behaves; 0 stands for the default of each field.
// ehlo_client_options in ehlo_client_types.h says more of each.
type ClientOptions struct {
	Hostname          string // our name in EHLO: a domain or an address literal
	Protocol          Protocol
	RequireTLS        bool // no AUTH, MAIL or transaction before TLS
	ImplicitTLS       bool // TLS is active from the first octet (RFC 8314)
	PlaintextAuth     bool // send AUTH without TLS too, which is ErrTLSRequired otherwise: passwords in clear text
	NoPipelining      bool // one command at a time whatever is offered
	Chunking          bool // transactions of envelopes use BDAT where CHUNKING is offered
	AnyParameter      bool // let parameters through whose keyword the server did not announce
	NoHELO            bool // Open fails where EHLO is refused
	RefuseNUL         bool // refuse content with a NUL, ErrNUL; some receivers drop them
	Replies           ReplyLimits
	DataEndings       Endings // EndingsNormalize repairs what goes out with DATA, and refuses it in BDAT
	MaxRecipients     uint32
	MaxAuthChallenges uint32
	MaxAuthLineOctets uint32
	CommandOctets     uint32
}

func (o *ClientOptions) flags() C.uint32_t {
	return flag(o.RequireTLS, C.EHLO_CLIENT_FLAG_REQUIRE_TLS) |
		flag(o.ImplicitTLS, C.EHLO_CLIENT_FLAG_IMPLICIT_TLS) |
		flag(o.PlaintextAuth, C.EHLO_CLIENT_FLAG_PLAINTEXT_AUTH) |
		flag(o.NoPipelining, C.EHLO_CLIENT_FLAG_NO_PIPELINING) |
		flag(o.Chunking, C.EHLO_CLIENT_FLAG_CHUNKING) |
		flag(o.AnyParameter, C.EHLO_CLIENT_FLAG_ANY_PARAMETER) |
		flag(o.NoHELO, C.EHLO_CLIENT_FLAG_NO_HELO) |
		flag(o.RefuseNUL, C.EHLO_CLIENT_FLAG_REFUSE_NUL)
}

// ClientConfig is an immutable configuration of clients, for any number of sessions on any goroutines. Close frees it
// once its sessions have been closed too.
type ClientConfig struct {
	shared[*C.ehlo_client_config]
}

// NewClientConfig makes a configuration. *OptionError, an ErrArgument: an option is out of range, or a name that cannot
// be sent.
func NewClientConfig(o ClientOptions) (*ClientConfig, error) {
	var pin pins
	defer pin.Unpin()
	var c C.ehlo_client_options
	C.ehlo_client_options_init(&c, C.sizeof_ehlo_client_options)
	c.flags = o.flags()
	if err := pin.fill(&c, &o, true); err != nil {
		return nil, err
	}
	var rc C.int32_t
	made := C.ehlo_client_config_new(&c, &C.ehlo_go_allocator, &rc)
	if rc != 0 {
		return nil, optionError(rc, C.ehlo_client_options_check(&c))
	}
	config := &ClientConfig{}
	return config, config.own(made, func(c *C.ehlo_client_config) { C.ehlo_client_config_free(c) })
}

// MaxReply is how many octets of a reply input buffers must be able to hold.
func (c *ClientConfig) MaxReply() (octets int) {
	c.use(func(config *C.ehlo_client_config) { octets = int(C.ehlo_client_config_max_reply(config)) })
	return octets
}
