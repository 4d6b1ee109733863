package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

var receives = regexp.MustCompile(`,"receives":[0-9]+`)

// expect checks the results of a line with these calls.
func expect(t *testing.T, calls string, results ...string) {
	t.Helper()
	var out bytes.Buffer
	if err := serve(strings.NewReader(calls+"\n"), &out); err != nil {
		t.Fatal(err)
	}
	wanted := `{"results":[` + strings.Join(results, ",") + "]}\n"
	// How often input was shown is free.
	if got := receives.ReplaceAllString(out.String(), ""); got != wanted {
		t.Errorf("%s\ngives  %s\nwanted %s", calls, got, wanted)
	}
}

// What calls of sessions give the runner holds against the vectors; here are those that no case makes.
func TestSessionsAreClosed(t *testing.T) {
	blocks, _ := ehlo.Memory()
	expect(t, `{"calls":[{"call":"server","hostname":"mx.example","extensions":["SIZE"],"events":8,"spans":8},`+
		`{"call":"turn","session":1,"event":"tls","answers":[[5,"accept"]],"output":99},`+
		`{"call":"close","session":1},{"call":"turn","session":1},`+
		`{"call":"client","hostname":"c.example","events":8},{"call":"close","session":2},`+
		`{"call":"client","hostname":"not a name"}]}`,
		`{"session":1,"max_line":12288}`,
		`{"event_error":"state","events":[{"type":"greeting"}],"output":"220 mx.example ESMTP\r\n","answers":["id"],"wants":1}`,
		`{}`, `{"fault":"no such session"}`, `{"session":2}`, `{"same":2}`, `{"error":"argument"}`)
	if left, _ := ehlo.Memory(); left != blocks {
		t.Errorf("%d blocks are left of sessions that were closed", left-blocks)
	}
}

func TestEqualResultsAreWrittenOnce(t *testing.T) {
	expect(t, `{"calls":[{"call":"decode_base64","text":"YQ=="},{"call":"nope","x":[1]},{"call":"decode_base64","text":"YQ=="}]}`,
		`{"octets":"a"}`, `{"unknown":true}`, `{"same":0}`)
}

func TestRequestsThatCannotBeReadEndTheProgram(t *testing.T) {
	for _, line := range []string{`{"calls":[`, `{"calls":{}}`, `{"calls":[{"call":"parse_reply","octets":"\u0100"}]}`,
		`{"calls":[{"call":"parse_reply","octets":"ā"}]}`, `{"calls":[{"call":"turn","output":-1.5}]}`} {
		if err := serve(strings.NewReader(line), &bytes.Buffer{}); err == nil {
			t.Errorf("%s is read", line)
		}
	}
}

// What only the testee can see is a fault: these are the ways in which a library could break its word.
func TestBrokenPromisesAreFaults(t *testing.T) {
	memory := []byte("abc")
	for name, run := range map[string]func(){
		"a view behind the end":      func() { view(memory[:2], ehlo.Span{Off: 1, Len: 2}) },
		"no view of content":         func() { appendBody(nil, memory, []ehlo.Span{{Off: ehlo.Absent}}) },
		"a CRLF of three octets":     func() { appendBody(nil, memory, []ehlo.Span{{Off: ehlo.OffCRLF, Len: 3}}) },
		"a position behind the end":  func() { (&object{[]byte{0}}).failed(&ehlo.PositionError{Err: ehlo.ErrSyntax, Offset: 4}, 3) },
		"a path where there is none": func() { (&object{[]byte{0}}).path(false, memory, &ehlo.Path{DomainKind: ehlo.DomainName}) },
		"output above its capacity":  func() { (&talk{buffer: make([]byte, 3), capacity: 1}).moved(ehlo.Progress{Written: 2}, 0, false) },
		"wanted output that is not there": func() {
			(&talk{buffer: []byte{0, canary}, capacity: 1}).moved(ehlo.Progress{Wants: ehlo.WantOutput}, 0, false)
		},
		"output that is not wanted": func() { (&talk{buffer: []byte{0, canary}, capacity: 1}).moved(ehlo.Progress{Written: 1}, 0, false) },
		"circles":                   func() { (&talk{buffer: []byte{canary}, idle: mostIdleAdvances}).moved(ehlo.Progress{}, 1, false) },
	} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok {
					t.Errorf("%s is no fault: %q", name, text)
				}
			}()
			run()
		}()
	}
}
