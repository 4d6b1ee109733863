package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// ErrClosed is what Serve gives after Shutdown or Close.
var ErrClosed = errors.New("server: closed")

// Timeouts are how long a server waits; 0 stands for the defaults of RFC 5321 4.5.3.2. A command must be complete within
// its time, however slowly it trickles in.
type Timeouts struct {
	Command, Data, TLS, Write time.Duration
}

// Server serves connections. The fields may not change once it serves. The zero value with a Backend is good.
type Server struct {
	Backend Backend

	Network  string // for ListenAndServe; "": "tcp"
	Addr     string // for ListenAndServe; "": ":25", ":24" for LMTP
	Hostname string // our name in the greeting and in replies
	LMTP     bool

	TLSConfig       *tls.Config // STARTTLS is offered where it is set
	ImplicitTLS     bool        // TLS from the first octet (RFC 8314)
	RequireTLS      bool        // 530 before TLS
	AuthMechanisms  []string    // announced; sessions that have to serve them are AuthSessions
	PlaintextAuth   bool        // announce and serve mechanisms without TLS too: passwords in clear text
	RequireAuth     bool        // 530 before AUTH
	RefuseNUL       bool        // 550 5.6.0 for content with a NUL; some receivers drop them
	MaxMessageBytes uint64      // 0: no limit. At least 65536 (RFC 5321 4.5.3.1.7), see Configure
	MaxRecipients   int         // 0: 1000. At least 100 (RFC 5321 4.5.3.1.8), see Configure
	MaxConnections  int         // at a time; more get 421. 0: no limit
	Timeouts        Timeouts

	// GreetingDelay is how long a client must keep silent before it is greeted; one that speaks earlier is greeted at
	// once, with ehlo.FactEarlyTalker among its facts.
	GreetingDelay time.Duration

	// Configure may change everything that the library lets one configure; it gets what the fields above say. With its
	// BelowMinimum limits may be smaller than those that the RFC asks for.
	Configure func(o *ehlo.ServerOptions)

	// BaseContext is what the contexts of all calls descend from; nil: context.Background.
	BaseContext context.Context
	Log         *slog.Logger // nil: slog.Default

	sessionTypes sessionTypes

	once      sync.Once
	config    *ehlo.ServerConfig
	configErr error
	buffer    int

	mu          sync.Mutex
	listeners   map[net.Listener]struct{}
	conns       map[*conn]struct{}
	closing     atomic.Bool
	forcing     atomic.Bool
	idle        sync.WaitGroup
	pool        sync.Pool
	base        context.Context
	cancel      context.CancelFunc
	connections atomic.Int64
	admitted    int
}

func (s *Server) start() error {
	s.once.Do(func() {
		o := ehlo.DefaultServerOptions()
		o.Hostname = cmp.Or(s.Hostname, o.Hostname)
		if s.LMTP {
			o.Protocol = ehlo.LMTP
		}
		if s.TLSConfig != nil && !s.ImplicitTLS {
			o.Extensions |= ehlo.ExtSTARTTLS
		}
		if s.TLSConfig != nil {
			o.Extensions |= ehlo.ExtREQUIRETLS
		}
		if len(s.AuthMechanisms) != 0 {
			o.Extensions |= ehlo.ExtAUTH
			o.Mechanisms = strings.Join(s.AuthMechanisms, " ")
		}
		o.ImplicitTLS, o.RequireTLS, o.RequireAuth = s.ImplicitTLS, s.RequireTLS, s.RequireAuth
		o.PlaintextAuth, o.RefuseNUL = s.PlaintextAuth, s.RefuseNUL
		o.MaxMessageOctets = s.MaxMessageBytes
		o.MaxRecipients = cmp.Or(uint32(s.MaxRecipients), o.MaxRecipients)
		o.Asks = ehlo.AskGreeting | ehlo.AskHello | ehlo.AskMAIL | ehlo.AskRCPT | ehlo.AskMessage | ehlo.AskAUTH
		o.CommandAsks = []ehlo.Verb{ehlo.VerbVRFY, ehlo.VerbEXPN}
		asks := o.Asks
		if s.Configure != nil {
			s.Configure(&o)
		}
		// What the sessions of this package answer; a change of it would have nobody to answer.
		o.Asks = asks
		if s.configErr = s.check(&o); s.configErr != nil {
			return
		}
		if s.config, s.configErr = ehlo.NewServerConfig(o); s.configErr != nil {
			s.configErr = fmt.Errorf("server: the options: %w", s.configErr)
			return
		}
		s.buffer = max(bufferOctets, s.config.MaxLine()+1024)
		s.pool.New = func() any {
			return &work{batch: ehlo.NewServerBatch(0, 0), in: make([]byte, s.buffer), out: make([]byte, outputOctets)}
		}
		s.listeners, s.conns = map[net.Listener]struct{}{}, map[*conn]struct{}{}
		s.base, s.cancel = context.WithCancel(cmp.Or(s.BaseContext, context.Background()))
	})
	return s.configErr
}

// check names what is wrong with the fields of the server.
func (s *Server) check(o *ehlo.ServerOptions) error {
	var problem string
	switch {
	case isNil(s.Backend):
		problem = "no Backend"
	case s.TLSConfig == nil && (s.ImplicitTLS || o.RequireTLS):
		problem = "no TLSConfig, without which there is neither ImplicitTLS nor RequireTLS"
	case s.TLSConfig == nil && len(s.AuthMechanisms) != 0 && !o.PlaintextAuth:
		problem = "AuthMechanisms without a TLSConfig, which takes PlaintextAuth"
	case s.MaxRecipients < 0 || s.MaxRecipients > 1<<20:
		problem = fmt.Sprintf("MaxRecipients is %d", s.MaxRecipients)
	case o.MaxRecipients < 100 && !o.BelowMinimum:
		problem = fmt.Sprintf("MaxRecipients is %d, which takes BelowMinimum in Configure", o.MaxRecipients)
	case o.MaxMessageOctets != 0 && o.MaxMessageOctets < 1<<16 && !o.BelowMinimum:
		problem = fmt.Sprintf("MaxMessageBytes is %d, which takes BelowMinimum in Configure", o.MaxMessageOctets)
	default:
		if err := checkBackend(s.Backend); err != nil {
			return fmt.Errorf("%w: %w", err, ehlo.ErrArgument)
		}
		return nil
	}
	return fmt.Errorf("server: %s: %w", problem, ehlo.ErrArgument)
}

// log gives the logger that is meant.
func (s *Server) log() *slog.Logger { return cmp.Or(s.Log, slog.Default()) }

// ListenAndServe listens on Addr and serves until Shutdown or Close.
func (s *Server) ListenAndServe() error {
	port := ":25"
	if s.LMTP {
		port = ":24"
	}
	listener, err := net.Listen(cmp.Or(s.Network, "tcp"), cmp.Or(s.Addr, port))
	if err != nil {
		return err
	}
	return s.Serve(listener)
}

// Serve accepts connections until Shutdown or Close, after which it gives ErrClosed, or until the listener fails. It
// closes the listener. For TLS from the first octet there is ImplicitTLS: in connections of a listener that does TLS by
// itself, authentication counts as in clear text.
func (s *Server) Serve(listener net.Listener) error {
	defer listener.Close()
	if err := s.start(); err != nil {
		return err
	}
	if !s.track(listener) {
		return ErrClosed
	}
	defer s.untrack(listener)
	delay := time.Duration(0)
	for {
		nc, err := listener.Accept()
		if err != nil {
			if s.closing.Load() {
				return ErrClosed
			}
			var passing interface{ Temporary() bool } // out of descriptors, and the like
			if errors.As(err, &passing) && passing.Temporary() {
				delay = min(max(2*delay, 5*time.Millisecond), time.Second)
				s.log().Warn("a connection cannot be accepted", "error", err, "pause", delay)
				time.Sleep(delay)
				continue
			}
			return err
		}
		delay = 0
		if c, err := s.newConn(nc); err == nil {
			go c.run()
		}
	}
}

// ServeConn serves one connection that came from elsewhere, and comes back when it is over.
func (s *Server) ServeConn(nc net.Conn) error {
	if err := s.start(); err != nil {
		nc.Close()
		return err
	}
	c, err := s.newConn(nc)
	if err == nil {
		c.run()
	}
	return err
}

func (s *Server) track(listener net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Load() {
		return false
	}
	s.listeners[listener] = struct{}{}
	return true
}

func (s *Server) untrack(listener net.Listener) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.listeners, listener)
}

func (s *Server) newConn(nc net.Conn) (*conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session, err := (*ehlo.Server)(nil), ErrClosed
	if !s.closing.Load() {
		session, err = ehlo.NewServer(s.config)
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	c := &conn{server: s, nc: nc, lower: nc, session: session}
	c.public.conn = c
	s.conns[c] = struct{}{}
	s.idle.Add(1)
	if c.tooMany = s.MaxConnections != 0 && s.admitted >= s.MaxConnections; !c.tooMany {
		s.admitted++
	}
	s.connections.Store(int64(len(s.conns)))
	return c, nil
}

func (s *Server) forget(c *conn) {
	s.mu.Lock()
	delete(s.conns, c)
	if !c.tooMany {
		s.admitted--
	}
	s.connections.Store(int64(len(s.conns)))
	s.mu.Unlock()
	s.idle.Done()
}

// Connections is how many there are now.
func (s *Server) Connections() int { return int(s.connections.Load()) }

// grace is how long Shutdown waits, once its context has ended, for clients to get 421, and then for handlers whose
// connection is gone.
const grace = time.Second

// Shutdown stops accepting, lets each mail transaction that is open come to its end, says 421 to every client, and
// waits until the connections are closed. When the context ends first, the transactions get 421 too, and the contexts of
// the handlers end; what is left a second later is cut off. Shutdown gives the context's error then, a second after that
// also where a handler has not come back. It may not be called by a handler, for which it would wait.
func (s *Server) Shutdown(ctx context.Context) error {
	if err := s.start(); err != nil {
		return err
	}
	s.stop(false, false)
	done := make(chan struct{})
	go func() {
		s.idle.Wait()
		s.finish()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	for _, cut := range []bool{false, true} {
		s.stop(true, cut)
		select {
		case <-done:
			return ctx.Err()
		case <-time.After(grace):
		}
	}
	return ctx.Err()
}

// Close stops accepting and closes all connections; it waits until their handlers have come back, and may not be called
// by one of them.
func (s *Server) Close() error {
	if err := s.start(); err != nil {
		return err
	}
	s.stop(true, true)
	s.idle.Wait()
	s.finish()
	return nil
}

func (s *Server) stop(force, cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing.Store(true)
	if force {
		s.forcing.Store(true)
		s.cancel()
	}
	for listener := range s.listeners {
		listener.Close()
	}
	for c := range s.conns {
		if cut {
			c.lower.Close()
		} else {
			c.wake()
		}
	}
}

func (s *Server) finish() {
	s.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.Close()
}
