package vectors

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"os"
	"sync"
	"time"
)

// wire is a connection in memory that knows when the server has said all that it has to say: it waits for input, and
// there is none.
type wire struct {
	mu                 sync.Mutex
	changed            *sync.Cond
	toServer, toClient []byte
	waiting            bool // the server
	ended, closed      bool // by the client, by the server
}

func newWire() *wire {
	w := &wire{}
	w.changed = sync.NewCond(&w.mu)
	return w
}

func (w *wire) still() bool { return w.closed || (w.waiting && len(w.toServer) == 0) }

// say gives the server octets, settle waits until it has dealt with them.
func (w *wire) say(octets []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.toServer = append(w.toServer, octets...)
	w.changed.Broadcast()
}

func (w *wire) settle() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.still() {
		w.changed.Wait()
	}
}

// end is the client's end of the connection.
func (w *wire) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended, w.waiting = true, false
	w.changed.Broadcast()
}

func (w *wire) isClosed() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}

type nowhere struct{}

func (nowhere) Network() string { return "memory" }
func (nowhere) String() string  { return "memory" }

// deadless is what both ends do not need of a connection.
type deadless struct{}

func (deadless) LocalAddr() net.Addr              { return nowhere{} }
func (deadless) RemoteAddr() net.Addr             { return nowhere{} }
func (deadless) SetDeadline(time.Time) error      { return nil }
func (deadless) SetReadDeadline(time.Time) error  { return nil }
func (deadless) SetWriteDeadline(time.Time) error { return nil }

// serverEnd is the connection that the server has.
type serverEnd struct {
	deadless
	*wire
}

func (e serverEnd) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.toServer) == 0 && !e.closed {
		if e.ended {
			return 0, io.EOF
		}
		e.waiting = true
		e.changed.Broadcast()
		e.changed.Wait()
	}
	e.waiting = false
	if e.closed {
		return 0, net.ErrClosed
	}
	n := copy(p, e.toServer)
	e.toServer = e.toServer[n:]
	return n, nil
}

func (e serverEnd) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.toClient = append(e.toClient, p...)
	e.changed.Broadcast()
	return len(p), nil
}

func (e serverEnd) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.changed.Broadcast()
	return nil
}

// clientEnd is the connection that the client has. A read where nothing more will come gives a timeout.
type clientEnd struct {
	deadless
	*wire
}

func (e clientEnd) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.toClient) == 0 {
		if e.closed {
			return 0, io.EOF
		}
		if e.still() {
			return 0, os.ErrDeadlineExceeded
		}
		e.changed.Wait()
	}
	n := copy(p, e.toClient)
	e.toClient = e.toClient[n:]
	return n, nil
}

func (e clientEnd) Write(p []byte) (int, error) {
	e.say(p)
	return len(p), nil
}

func (e clientEnd) Close() error {
	e.end()
	return nil
}

// serverTLS is made once: what it says does not matter.
var serverTLS = sync.OnceValue(func() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require(err == nil, "no key: %v", err)
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	require(err == nil, "no certificate: %v", err)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
})
