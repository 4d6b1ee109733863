package ehlo

// #include "shim.h"
import "C"

import "runtime"

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

func (o *ClientOptions) flags() (flags C.uint32_t) {
	for _, one := range []struct {
		set bool
		bit C.uint32_t
	}{
		{o.RequireTLS, C.EHLO_CLIENT_FLAG_REQUIRE_TLS},
		{o.ImplicitTLS, C.EHLO_CLIENT_FLAG_IMPLICIT_TLS},
		{o.PlaintextAuth, C.EHLO_CLIENT_FLAG_PLAINTEXT_AUTH},
		{o.NoPipelining, C.EHLO_CLIENT_FLAG_NO_PIPELINING},
		{o.Chunking, C.EHLO_CLIENT_FLAG_CHUNKING},
		{o.AnyParameter, C.EHLO_CLIENT_FLAG_ANY_PARAMETER},
		{o.NoHELO, C.EHLO_CLIENT_FLAG_NO_HELO},
		{o.RefuseNUL, C.EHLO_CLIENT_FLAG_REFUSE_NUL},
	} {
		if one.set {
			flags |= one.bit
		}
	}
	return flags
}

// ClientConfig is an immutable configuration of clients, for any number of sessions on any goroutines.
type ClientConfig struct {
	shared[*C.ehlo_client_config]
}

// NewClientConfig makes a configuration. *OptionError, an ErrArgument: an option is out of range, or a name that cannot
// be sent.
func NewClientConfig(o ClientOptions) (*ClientConfig, error) {
	if hasNUL(o.Hostname) {
		return nil, &OptionError{"Hostname"}
	}
	var text cText
	defer text.free()
	var c C.ehlo_client_options
	C.ehlo_client_options_init(&c, C.sizeof_ehlo_client_options)
	if o.Hostname != "" {
		c.hostname = text.of(o.Hostname)
	}
	c.protocol = C.uint32_t(o.Protocol)
	c.flags = o.flags()
	c.replies = o.Replies.c()
	c.data_endings = C.uint32_t(o.DataEndings)
	for _, one := range []struct {
		to   *C.uint32_t
		from uint32
	}{
		{&c.max_recipients, o.MaxRecipients},
		{&c.max_auth_challenges, o.MaxAuthChallenges},
		{&c.max_auth_line_octets, o.MaxAuthLineOctets},
		{&c.command_octets, o.CommandOctets},
	} {
		if one.from != 0 {
			*one.to = C.uint32_t(one.from)
		}
	}
	var rc C.int32_t
	own := &ClientConfig{}
	if own.c = C.ehlo_client_config_new(&c, &C.ehlo_go_allocator, &rc); own.c == nil {
		return nil, optionError(rc, C.ehlo_client_options_check(&c))
	}
	runtime.SetFinalizer(own, (*ClientConfig).Close)
	return own, nil
}

// MaxReply is how many octets of a reply input buffers must be able to hold.
func (c *ClientConfig) MaxReply() (octets int) {
	c.use(func(config *C.ehlo_client_config) { octets = int(C.ehlo_client_config_max_reply(config)) })
	return octets
}

// Close frees the configuration, once its sessions have been closed too. New ones cannot be made.
func (c *ClientConfig) Close() {
	c.close(func(config *C.ehlo_client_config) { C.ehlo_client_config_free(config) })
	runtime.SetFinalizer(c, nil)
}
