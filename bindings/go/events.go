package ehlo

// #include "shim.h"
import "C"

// String gives its name.
func (t ServerEventType) String() string { return C.GoString(C.ehlo_server_event_name(C.uint32_t(t))) }

// String gives its name.
func (t ClientEventType) String() string { return C.GoString(C.ehlo_client_event_name(C.uint32_t(t))) }

// String gives "accepted", "failed", "retry", "unknown" or "none".
func (v Verdict) String() string {
	if int(v) < len(verdicts) {
		return verdicts[v]
	}
	return "none"
}

var verdicts = [...]string{"none", "accepted", "failed", "retry", "unknown"}
