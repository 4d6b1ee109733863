package ehlo

import "sync"

// shared is the program's reference to an object of the library. Sessions have references of their own, so that no order of
// closing is a wrong one; the lock keeps Close of one goroutine out of the calls of another.
type shared[C comparable] struct {
	mu sync.RWMutex
	c  C // zero: closed
}

// use calls with the object; false: it is closed.
func (s *shared[C]) use(call func(c C)) bool {
	var none C
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.c == none {
		return false
	}
	call(s.c)
	return true
}

// close gives the reference back, once.
func (s *shared[C]) close(free func(c C)) {
	var none C
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c != none {
		free(s.c)
	}
	s.c = none
}
