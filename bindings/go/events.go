package ehlo

// #include "shim.h"
import "C"

// EventType is what an Event of a server session is about.
type EventType uint32

// The events of ehlo_server_types.h, whose comments say which fields each has. An ask waits for an answer.
const (
	EventNone         EventType = C.EHLO_SERVER_EVENT_NONE
	EventGreeting     EventType = C.EHLO_SERVER_EVENT_GREETING      // ask
	EventHello        EventType = C.EHLO_SERVER_EVENT_HELLO         // ask: Text, Kind, Verb
	EventMail         EventType = C.EHLO_SERVER_EVENT_MAIL          // ask: Path, Params; Number: declared SIZE
	EventRcpt         EventType = C.EHLO_SERVER_EVENT_RCPT          // ask: Path, Params, Index
	EventData         EventType = C.EHLO_SERVER_EVENT_DATA          // ask
	EventBDAT         EventType = C.EHLO_SERVER_EVENT_BDAT          // tell: Number: octets of the chunk that follows
	EventBody         EventType = C.EHLO_SERVER_EVENT_BODY          // tell: Body
	EventChunk        EventType = C.EHLO_SERVER_EVENT_CHUNK         // ask: Number: octets of the message so far
	EventMessage      EventType = C.EHLO_SERVER_EVENT_MESSAGE       // ask: Number: octets; LMTP: Index
	EventAbort        EventType = C.EHLO_SERVER_EVENT_ABORT         // tell: drop what you hold of the transaction; Err
	EventRset         EventType = C.EHLO_SERVER_EVENT_RSET          // ask
	EventNoop         EventType = C.EHLO_SERVER_EVENT_NOOP          // ask: Text
	EventHelp         EventType = C.EHLO_SERVER_EVENT_HELP          // ask: Text
	EventVRFY         EventType = C.EHLO_SERVER_EVENT_VRFY          // ask: Text
	EventEXPN         EventType = C.EHLO_SERVER_EVENT_EXPN          // ask: Text
	EventQuit         EventType = C.EHLO_SERVER_EVENT_QUIT          // ask
	EventStartTLS     EventType = C.EHLO_SERVER_EVENT_STARTTLS      // ask
	EventAuth         EventType = C.EHLO_SERVER_EVENT_AUTH          // ask: Text: mechanism; Response
	EventAuthResponse EventType = C.EHLO_SERVER_EVENT_AUTH_RESPONSE // ask: Response
	EventAuthAbort    EventType = C.EHLO_SERVER_EVENT_AUTH_ABORT    // tell: Err
	EventCommand      EventType = C.EHLO_SERVER_EVENT_COMMAND       // ask: Text: verb; Response: what follows it
	EventRejected     EventType = C.EHLO_SERVER_EVENT_REJECTED      // tell: Err, Number: offset, Code, Kind: a Junk
	EventViolation    EventType = C.EHLO_SERVER_EVENT_VIOLATION     // tell: Err, Number: offset
	EventPlaintext    EventType = C.EHLO_SERVER_EVENT_PLAINTEXT     // tell: Number: octets dropped
	EventClose        EventType = C.EHLO_SERVER_EVENT_CLOSE         // tell: Err
)

// String gives its name.
func (t EventType) String() string { return C.GoString(C.ehlo_server_event_name(C.uint32_t(t))) }

// Junk is what a rejected line looks like: the Kind of EventRejected.
type Junk = uint32

const (
	JunkNone Junk = C.EHLO_JUNK_NONE
	JunkHTTP Junk = C.EHLO_JUNK_HTTP
	JunkTLS  Junk = C.EHLO_JUNK_TLS
)

// ClientEventType is what a ClientEvent is about.
type ClientEventType uint32

// The events of ehlo_client_types.h, whose comments say which fields each has.
const (
	ClientNone      ClientEventType = C.EHLO_CLIENT_EVENT_NONE
	ClientGreeting  ClientEventType = C.EHLO_CLIENT_EVENT_GREETING
	ClientReply     ClientEventType = C.EHLO_CLIENT_EVENT_REPLY
	ClientReady     ClientEventType = C.EHLO_CLIENT_EVENT_READY
	ClientStartTLS  ClientEventType = C.EHLO_CLIENT_EVENT_TLS
	ClientChallenge ClientEventType = C.EHLO_CLIENT_EVENT_CHALLENGE
	ClientGoAhead   ClientEventType = C.EHLO_CLIENT_EVENT_GO_AHEAD
	ClientResult    ClientEventType = C.EHLO_CLIENT_EVENT_RESULT
	ClientOutcome   ClientEventType = C.EHLO_CLIENT_EVENT_OUTCOME
	ClientDone      ClientEventType = C.EHLO_CLIENT_EVENT_DONE
	ClientClosed    ClientEventType = C.EHLO_CLIENT_EVENT_CLOSED
	ClientError     ClientEventType = C.EHLO_CLIENT_EVENT_ERROR
)

// String gives its name.
func (t ClientEventType) String() string { return C.GoString(C.ehlo_client_event_name(C.uint32_t(t))) }

// Verdict is what has become of a message for a recipient.
type Verdict uint32

const (
	VerdictNone     Verdict = C.EHLO_VERDICT_NONE
	VerdictAccepted Verdict = C.EHLO_VERDICT_ACCEPTED // the server has taken responsibility
	VerdictFailed   Verdict = C.EHLO_VERDICT_FAILED   // do not try again as it is
	VerdictRetry    Verdict = C.EHLO_VERDICT_RETRY    // try again later
	VerdictUnknown  Verdict = C.EHLO_VERDICT_UNKNOWN  // trying again may deliver it twice (RFC 1047)
)

// String gives "accepted", "failed", "retry", "unknown" or "none".
func (v Verdict) String() string {
	if int(v) < len(verdicts) {
		return verdicts[v]
	}
	return "none"
}

var verdicts = [...]string{"none", "accepted", "failed", "retry", "unknown"}

// Scope is what a verdict is about.
type Scope uint32

const (
	ScopeNone       Scope = C.EHLO_SCOPE_NONE
	ScopeRecipient  Scope = C.EHLO_SCOPE_RECIPIENT
	ScopeMessage    Scope = C.EHLO_SCOPE_MESSAGE
	ScopeConnection Scope = C.EHLO_SCOPE_CONNECTION
)
