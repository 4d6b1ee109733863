package server

import (
	"context"
	"sync"
	"time"
)

// connContext is the context of all calls of a connection. A call that asks for its Done channel has the connection
// watched while it runs; the others cost nothing.
type connContext struct {
	context.Context
	c *conn
}

// Done starts the watch.
func (x connContext) Done() <-chan struct{} {
	x.c.watcher.start(x.c)
	return x.Context.Done()
}

// Value knows the connection.
func (x connContext) Value(key any) any {
	if key == (connKey{}) {
		return &x.c.public
	}
	return x.Context.Value(key)
}

// watcher is the goroutine that finds out, while a handler runs and nothing is read, that the client has gone. Any
// goroutine of the handler may start it.
type watcher struct {
	mu      sync.Mutex
	paused  bool          // the connection is being read from, or no handler runs
	wanted  bool          // the handler that runs has asked
	running chan struct{} // closed when the goroutine has ended; nil: there is none
}

func (w *watcher) start(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wanted = true
	w.begin(c)
}

func (w *watcher) begin(c *conn) {
	if w.paused || w.running != nil || !c.reader.can() {
		return
	}
	running := make(chan struct{})
	w.running = running
	go func() {
		defer close(running)
		if c.reader.peerGone() {
			c.cancel()
		}
	}()
}

// pause ends the watch, since the connection is about to be read from.
func (w *watcher) pause(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paused = true
	w.stop(c)
}

// resume goes on with the watch: who has asked for it once does not ask again.
func (w *watcher) resume(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.paused = false
	if w.wanted {
		w.begin(c)
	}
}

func (w *watcher) stop(c *conn) {
	if w.running == nil {
		return
	}
	c.wake()
	<-w.running
	w.running = nil
	c.nc.SetReadDeadline(time.Time{})
	c.readDeadline = time.Time{}
}

// stopWatching ends the watch when a handler has come back.
func (c *conn) stopWatching() {
	c.watcher.mu.Lock()
	defer c.watcher.mu.Unlock()
	c.watcher.wanted = false
	c.watcher.stop(c)
}
