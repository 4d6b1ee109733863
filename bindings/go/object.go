package ehlo

// #include "shim.h"
import "C"

import (
	"runtime"
	"sync"
)

// object is one of the library's, for one goroutine at a time. Close frees it, a finalizer what was not closed. What a
// session needs of other objects it has references to, so that no order of closing is a wrong one.
type object[P comparable] struct {
	c    P // zero: closed
	free func(c P)
}

// own takes what the library has made, or gives the reason why it has not. The object has to stand first in what it is a
// part of.
func (o *object[P]) own(c P, reason C.int32_t, free func(c P)) error {
	var none P
	if c == none {
		return errorOf(reason)
	}
	o.c, o.free = c, free
	runtime.SetFinalizer(o, (*object[P]).Close)
	return nil
}

// made gives the object, or nothing beside the error.
func made[T any](object *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return object, nil
}

// Close frees the object. All other calls on it give ErrState or nothing afterwards.
func (o *object[P]) Close() {
	var none P
	if o.c != none {
		o.free(o.c)
		o.c = none
		runtime.SetFinalizer(o, nil)
	}
}

// with makes calls of the library, unless the object is closed.
func (o *object[P]) with(run func()) (open bool) {
	var none P
	if open = o.c != none; open {
		run()
	}
	runtime.KeepAlive(o)
	return open
}

// asked gives what a call of the library says, nothing where the object is closed.
func asked[P comparable, T any](o *object[P], call func() T) (value T) {
	o.with(func() { value = call() })
	return value
}

// call makes one that may fail; ErrState: the object is closed.
func (o *object[P]) call(run func() C.int32_t) error {
	err := error(ErrState)
	o.with(func() { err = errorOf(run()) })
	return err
}

// shared is an object for any number of goroutines: Close of one stays out of the calls of another.
type shared[P comparable] struct {
	object[P]
	mu sync.RWMutex
}

// use makes calls with the object, unless it is closed.
func (s *shared[P]) use(run func(c P)) (open bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.with(func() { run(s.c) })
}

// Close frees the object once nothing of the library holds it. Nothing new can be made with it.
func (s *shared[P]) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.object.Close()
}
