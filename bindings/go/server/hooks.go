package server

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// hooks are the methods that a Session may have beside its own. Go finds them by name and signature, so that one written
// another way would never be called.
var hooks = map[string]reflect.Type{
	"Auth":      reflect.TypeFor[AuthSession](),
	"RcptBatch": reflect.TypeFor[BatchSession](),
	"LMTPData":  reflect.TypeFor[LMTPSession](),
	"Greet":     reflect.TypeFor[GreetSession](),
	"Hello":     reflect.TypeFor[HelloSession](),
	"Verify":    reflect.TypeFor[VerifySession](),
	"Command":   reflect.TypeFor[CommandSession](),
	"Observe":   reflect.TypeFor[ObserverSession](),
}

// otherNames are what the hooks are called elsewhere, and similarNames what a hook might be called that it is not.
var (
	otherNames   = map[string]string{"AuthPlain": "Auth", "AuthMechanisms": "Auth", "Vrfy": "Verify", "Expn": "Verify"}
	similarNames = map[string]string{"Authenticate": "Auth", "Ehlo": "Hello", "Helo": "Hello", "Lhlo": "Hello", "Greeting": "Greet"}
)

// CheckSession says what is wrong with the hooks of a session: a method with the name of one and another signature, or
// with nearly its name, and a hook of the pointer where the session is a value. Nothing would call them. The server asks
// it about each type of session that it gets, and refuses connections with one that is wrong; a test of the program's
// may ask it earlier, and with BackendOf Serve does.
func CheckSession(session Session) error {
	if isNil(session) {
		return errors.New("server: the session is nil")
	}
	return checkType(reflect.TypeOf(session))
}

func checkType(t reflect.Type) error {
	var problems []error
	for i := range t.NumMethod() {
		if problem := checkMethod(t, t.Method(i)); problem != nil {
			problems = append(problems, problem)
		}
	}
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		pointer := reflect.PointerTo(t)
		for i := range pointer.NumMethod() {
			name := pointer.Method(i).Name
			if _, own := t.MethodByName(name); !own && hooks[name] != nil {
				problems = append(problems, fmt.Errorf("server: %s of %v has a pointer receiver, and the session is no pointer", name, t))
			}
		}
	}
	return errors.Join(problems...)
}

func checkMethod(t reflect.Type, method reflect.Method) error {
	if hook := hooks[method.Name]; hook != nil {
		if t.Implements(hook) {
			return nil
		}
		return fmt.Errorf("server: %s of %v is no %s, which has %v", method.Name, t, hook.Name(), hook.Method(0).Type)
	}
	meant := otherNames[method.Name]
	if _, own := reflect.TypeFor[Session]().MethodByName(method.Name); meant == "" && !own && takesContext(t, method) {
		meant = hookLike(method.Name)
	}
	if meant == "" {
		return nil
	}
	return fmt.Errorf("server: %s of %v is never called: the hook is %s", method.Name, t, meant)
}

// hookLike gives the hook that a name is nearly the name of.
func hookLike(name string) string {
	for hook := range hooks {
		if strings.EqualFold(hook, name) || oneLetterApart(hook, name) {
			return hook
		}
	}
	return similarNames[name]
}

// takesContext says whether a method looks like a hook.
func takesContext(t reflect.Type, method reflect.Method) bool {
	first := 1 // after the receiver
	if t.Kind() == reflect.Interface {
		first = 0
	}
	return method.Type.NumIn() > first && method.Type.In(first).String() == "context.Context"
}

// oneLetterApart says whether one letter is missing, too many or another one.
func oneLetterApart(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	same := 0
	for same < len(a) && a[same] == b[same] {
		same++
	}
	return len(b)-len(a) <= 1 && a[same+len(a)+1-len(b):] == b[same+1:]
}

// checkBackend finds hooks where no session is.
func checkBackend(backend Backend) error {
	t := reflect.TypeOf(backend)
	if typed, ok := backend.(interface{ sessionType() reflect.Type }); ok && typed.sessionType().Kind() != reflect.Interface {
		return checkType(typed.sessionType())
	}
	if t.Implements(reflect.TypeFor[Session]()) {
		return checkType(t)
	}
	for name, hook := range hooks {
		if t.Implements(hook) {
			return fmt.Errorf("server: %s of %v is never called: it belongs to its sessions", name, t)
		}
	}
	return nil
}

// BackendOf makes a Backend of a function that gives sessions of one type, which Serve can look at: see CheckSession.
func BackendOf[S Session](newSession func(ctx context.Context, c *Conn) (S, error)) Backend {
	return backendOf[S](newSession)
}

type backendOf[S Session] func(ctx context.Context, c *Conn) (S, error)

func (f backendOf[S]) NewSession(ctx context.Context, c *Conn) (Session, error) { return f(ctx, c) }

func (f backendOf[S]) sessionType() reflect.Type { return reflect.TypeFor[S]() }

// isNil says whether a value is nil, or an interface around a nil pointer, function, map or the like.
func isNil(value any) bool {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Invalid:
		return true
	case reflect.Chan, reflect.Func, reflect.Map, reflect.Pointer, reflect.Slice:
		return v.IsNil()
	}
	return false
}

// sessionTypes remembers what was found out about the types of sessions.
type sessionTypes struct{ checked sync.Map }

func (s *sessionTypes) check(session Session) error {
	if isNil(session) {
		return CheckSession(session)
	}
	known, ok := s.checked.Load(reflect.TypeOf(session))
	if !ok {
		known = CheckSession(session)
		s.checked.Store(reflect.TypeOf(session), known)
	}
	problem, _ := known.(error)
	return problem
}
