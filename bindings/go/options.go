package ehlo

// #include "shim.h"
import "C"

// DefaultServerOptions gives the defaults of the library, which options begin with: in several fields 0 means no limit.
func DefaultServerOptions() (o ServerOptions) {
	var c C.ehlo_server_options
	C.ehlo_server_options_init(&c, C.sizeof_ehlo_server_options)
	fromLibrary(&o, &c)
	return o
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
	if err := pin.fill(&c, &o, false); err != nil {
		return nil, err
	}
	var rc C.int32_t
	made := C.ehlo_server_config_new(&c, &C.ehlo_go_allocator, &rc)
	if rc != 0 {
		return nil, optionError(rc, C.ehlo_server_options_check(&c))
	}
	config := &ServerConfig{}
	return config, config.own(made, rc, func(c *C.ehlo_server_config) { C.ehlo_server_config_free(c) })
}

// MaxLine is the longest line in octets that sessions wait for: input buffers must be able to hold it.
func (c *ServerConfig) MaxLine() (octets int) {
	c.use(func(config *C.ehlo_server_config) { octets = int(C.ehlo_server_config_max_line(config)) })
	return octets
}

func (l ReplyLimits) c() C.ehlo_reply_limits {
	return C.ehlo_reply_limits{C.uint32_t(l.LineOctets), C.uint32_t(l.Lines), C.uint32_t(l.Octets)}
}

// ClientConfig is an immutable configuration of clients, for any number of sessions on any goroutines. Close frees it
// once its sessions have been closed too.
type ClientConfig struct {
	shared[*C.ehlo_client_config]
}

// NewClientConfig makes a configuration; 0 stands for the default of each option. *OptionError, an ErrArgument: an option is
// out of range, or a name that cannot be sent.
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
	return config, config.own(made, rc, func(c *C.ehlo_client_config) { C.ehlo_client_config_free(c) })
}

// MaxReply is how many octets of a reply input buffers must be able to hold.
func (c *ClientConfig) MaxReply() (octets int) {
	c.use(func(config *C.ehlo_client_config) { octets = int(C.ehlo_client_config_max_reply(config)) })
	return octets
}
