package client

import (
	"crypto/tls"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// Security says when TLS is used.
type Security int

const (
	// IfOffered secures the connection with STARTTLS where the server offers it. A server that offers it and then
	// refuses, and a handshake that fails, are errors: nothing goes on in clear text. Whoever can change what the server
	// offers can still take STARTTLS out of it: only Required notices.
	IfOffered Security = iota
	// Required fails where the server does not offer STARTTLS, before anything but EHLO is sent.
	Required
	// Implicit uses TLS from the first octet (RFC 8314).
	Implicit
	// Never leaves STARTTLS alone: everything goes in clear text.
	Never
)

// Options say how a client behaves. The zero value is good.
type Options struct {
	Hostname  string // our name in EHLO; "": "localhost"
	LMTP      bool
	Security  Security
	TLSConfig *tls.Config // ServerName is that of the address where it is empty
	Auth      SASLClient  // authenticate with this once the connection is secured
	// PlaintextAuth has Auth go without TLS too, for whoever listens. Otherwise that is ehlo.ErrTLSRequired, and no octet
	// of it is sent.
	PlaintextAuth bool
	// Endings says what becomes of a CR or LF alone in content: it is refused, made CRLF (ehlo.EndingsNormalize; refused in
	// what goes out with BDAT), or sent. Content of ehlo.BodyBINARYMIME has no lines.
	Endings      ehlo.Endings
	RefuseNUL    bool // refuse content with a NUL too (ehlo.ErrNUL); some receivers drop them
	Chunking     bool // send content with BDAT where the server offers CHUNKING
	NoPipelining bool // one command at a time
	// Patience replaces all timeouts of RFC 5321 4.5.3.2, where it is not 0.
	Patience time.Duration
	// Configure may change everything that the library lets one configure; it gets what the fields above say.
	Configure func(o *ehlo.ClientOptions)
}
