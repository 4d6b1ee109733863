package ehlo

import "sync/atomic"

// shared counts who uses an object of the library that several may use: its owner, until Close, and the sessions that
// depend on it. Its memory goes with the last of them, so that no order of closing is a wrong one.
type shared struct {
	users  atomic.Int32
	closed atomic.Bool
}

func (s *shared) own() { s.users.Store(1) }

// hold adds a user; false: the owner has closed it.
func (s *shared) hold() bool {
	if s.closed.Load() {
		return false
	}
	for {
		users := s.users.Load()
		if users == 0 {
			return false
		}
		if s.users.CompareAndSwap(users, users+1) {
			return true
		}
	}
}

// drop takes a user away and says whether it was the last.
func (s *shared) drop() bool { return s.users.Add(-1) == 0 }

// close takes the owner away, once, and says whether it was the last user.
func (s *shared) close() bool { return s.closed.CompareAndSwap(false, true) && s.drop() }
