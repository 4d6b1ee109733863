package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// ask gives the results of a line with these calls.
func ask(t *testing.T, calls string) string {
	t.Helper()
	var out bytes.Buffer
	if err := serve(strings.NewReader(calls+"\n"), &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var receives = regexp.MustCompile(`,"receives":[0-9]+`)

func expect(t *testing.T, calls string, results ...string) {
	t.Helper()
	wanted := `{"results":[` + strings.Join(results, ",") + "]}\n"
	// How often input was shown is free.
	if got := receives.ReplaceAllString(ask(t, calls), ""); got != wanted {
		t.Errorf("%s\ngives  %s\nwanted %s", calls, got, wanted)
	}
}

func TestCallsWithoutASession(t *testing.T) {
	expect(t, `{"calls":[{"call":"parse_command","line":"MAIL FROM:<\"a b\"@b.example> SIZE=12 ENVID=a+2Bb\r\n",`+
		`"extensions":["SIZE","DSN"]},{"call":"parse_path","path":"<@a,@b:\u00e9>","forward":true},`+
		`{"call":"parse_params","verb":"RCPT","params":"NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb","extensions":["DSN"]}]}`,
		`{"verb":"MAIL","path":{"whole":"<\"a b\"@b.example>","local":"\"a b\"","local_value":"a b","domain":"b.example",`+
			`"domain_kind":1,"flags":4,"address":"\"a b\"@b.example"},`+
			`"params":[{"id":"SIZE","keyword":"SIZE","value":"12","number":12,"decoded":"12"},`+
			`{"id":"ENVID","keyword":"ENVID","value":"a+2Bb","decoded":"a+b"}]}`,
		`{"error":"syntax","at":8,"code":501}`,
		`{"params":[{"id":"NOTIFY","keyword":"NOTIFY","value":"SUCCESS,DELAY","number":10,"decoded":["SUCCESS","DELAY"]},`+
			`{"id":"ORCPT","keyword":"ORCPT","value":"rfc822;a+2Bb","detail":"a+2Bb","decoded":["rfc822","a+b"]}]}`)
	expect(t, `{"calls":[{"call":"parse_reply","octets":"250-5.1.1 a\r\n250 b\r\nrest"},`+
		`{"call":"parse_reply","octets":"250 a\r\n","max_reply_line":512},{"call":"parse_reply","octets":"25"},`+
		`{"call":"parse_hello","octets":"250-a\r\n250-SIZE 0\r\n250 auth plain LOGIN\r\n","tls":true}]}`,
		`{"code":250,"length":20,"lines":["5.1.1 a","b"]}`, `{"code":250,"length":7,"lines":["a"]}`,
		`{"error":"incomplete","at":2}`,
		`{"domain":"a","capabilities":[["SIZE",["0"]],["auth",["plain","LOGIN"]]],"size_limit":0,`+
			`"offered":["SIZE","AUTH"],"usable":["SIZE","AUTH"],"mechanisms":["PLAIN","LOGIN"]}`)
	expect(t, `{"calls":[{"call":"decode_base64","text":"AP8="},{"call":"decode_base64","text":"A"},`+
		`{"call":"write_plain","user":"u","password":"p"},{"call":"write_param","keyword":"ENVID","text":"a+b"},`+
		`{"call":"parse_plain","octets":"\u0000u\u0000\u00c3\u00a9"}]}`,
		`{"octets":"\u0000ÿ"}`, `{"error":"bad-base64","code":501}`, `{"text":"AHUAcA=="}`, `{"value":"a+2Bb"}`,
		`{"authzid":"","authcid":"u","passwd":"Ã©"}`)
	expect(t, `{"octets":["xrest"],"calls":[{"call":"decode_data","pieces":["a\r","\n..b\n\r\n.\r\n",[0,1,5]],"spans":8}]}`,
		`{"body":"a\r\n.b\n\r\n","rest":"rest","done":true,"violations":[["bare-lf",6]]}`)
}

func TestServerSession(t *testing.T) {
	blocks, _ := ehlo.Memory()
	expect(t, `{"octets":["EHLO a\r\nMAIL FROM:<a@b>\r\nRCPT TO:<b@c>\r\n"],"calls":[`+
		`{"call":"server","hostname":"mx.example","extensions":["SIZE"],"flags":32,"max_line_octets":600,"max_auth_line_octets":700,"events":8,"spans":8},`+
		`{"call":"turn","session":1,"output":7},`+
		`{"call":"turn","session":1,"pieces":[[0,0,24],[0,24,25],"RCPT TO:<b@c>\r\n"],"stop":true,"output":99},`+
		`{"call":"turn","session":1,"answers":[[5,"reply",550,"5.1.8","no"],[5,"accept"]],"output":99},`+
		`{"call":"turn","session":1,"event":"tls"},`+
		`{"call":"turn","session":1,"event":"eof"},{"call":"close","session":1},{"call":"turn","session":1}]}`,
		`{"session":1,"max_line":700}`,
		`{"events":[{"type":"greeting"}],"output":"220 mx.example ESMTP\r\n","wants":1}`,
		`{"events":[{"type":"hello","line":"EHLO a","text":"a","verb":"EHLO","kind":1},{"type":"mail","id":5,`+
			`"line":"MAIL FROM:<a@b>","path":{"whole":"<a@b>","local":"a","domain":"b","domain_kind":1,"address":"a@b"},`+
			`"verb":"MAIL"}],"output":"250-mx.example\r\n250 SIZE 0\r\n","pieces":2,"wants":4}`,
		`{"events":[],"output":"550 no\r\n","answers":[null,"id"],"wants":1}`,
		`{"event_error":"state","events":[],"wants":1}`,
		`{"events":[{"type":"close","error":"connection-lost"}],"wants":16}`, `{}`, `{"fault":"no such session"}`)
	if left, _ := ehlo.Memory(); left != blocks {
		t.Errorf("%d blocks are left of a session that was closed", left-blocks)
	}
}

func TestClientSession(t *testing.T) {
	blocks, _ := ehlo.Memory()
	turn := func(arguments string) string {
		return `{"call":"client_turn","session":1,"output":99,` + arguments + `},`
	}
	expect(t, `{"calls":[{"call":"client","hostname":"c.example","replies":{"max_reply_line":600},"events":8},`+
		turn(`"pieces":["220 mx\r\n"]`)+turn(`"do":["hello","EHLO"]`)+turn(`"pieces":["250 mx\r","\n"],"hello_reply":true`)+
		turn(`"do":["mail","a@b",[["ENVID","a"]]]`)+turn(`"do":["mail","a@b"]`)+turn(`"do":["rcpt","c@d"]`)+
		turn(`"pieces":["250 a\r\n250 b\r\n"]`)+turn(`"do":["quit"],"pieces":[""]`)+`{"call":"close","session":1},`+
		`{"call":"client","hostname":"not a name"}]}`,
		`{"session":1}`,
		`{"events":[{"type":"greeting","code":220,"reply":"220 mx\r\n","text":"mx"}],"pieces":1,"wants":65}`,
		`{"events":[],"output":"EHLO c.example\r\n","wants":1,"outstanding":1}`,
		`{"events":[{"type":"reply","verb":"EHLO","code":250,"reply":"250 mx\r\n","text":"mx"},`+
			`{"type":"ready","verb":"EHLO","code":250,"reply":"250 mx\r\n","text":"mx"}],"pieces":2,"wants":65,"facts":4,`+
			`"hello_reply":"250 mx\r\n"}`,
		`{"do_error":"not-offered","events":[],"wants":65,"facts":4}`,
		`{"events":[],"output":"MAIL FROM:<a@b>\r\n","wants":1,"outstanding":1,"facts":4}`,
		`{"do_error":"state","events":[],"wants":1,"outstanding":1,"facts":4}`,
		`{"events":[{"type":"reply","verb":"MAIL","code":250,"transaction":1,"reply":"250 a\r\n","text":"a"},`+
			`{"type":"done","transaction":1},{"type":"error","code":250,"error":"unsolicited-reply","reply":"250 b\r\n",`+
			`"text":"b"}],"pieces":1,"wants":16,"facts":4}`,
		`{"do_error":"state","events":[],"pieces":1,"wants":16,"facts":4}`, `{}`, `{"error":"argument"}`)
	if left, _ := ehlo.Memory(); left != blocks {
		t.Errorf("%d blocks are left of a session that was closed", left-blocks)
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
		"a view behind the end":           func() { view(memory[:2], ehlo.Span{Off: 1, Len: 2}) },
		"no view of content":              func() { appendBody(nil, memory, []ehlo.Span{{Off: ehlo.Absent}}) },
		"a CRLF of three octets":          func() { appendBody(nil, memory, []ehlo.Span{{Off: ehlo.OffCRLF, Len: 3}}) },
		"a position behind the end":       func() { (&object{[]byte{0}}).failed(&ehlo.PositionError{Err: ehlo.ErrSyntax, Offset: 4}, 3) },
		"a path where there is none":      func() { (&object{[]byte{0}}).path(false, memory, &ehlo.Path{DomainKind: ehlo.DomainName}) },
		"output above its capacity":       func() { (&talk{buffer: make([]byte, 3), capacity: 1}).moved(progress{written: 2}) },
		"wanted output that is not there": func() { (&talk{buffer: []byte{0, canary}, capacity: 1}).moved(progress{wants: ehlo.WantOutput}) },
		"output that is not wanted":       func() { (&talk{buffer: []byte{0, canary}, capacity: 1}).moved(progress{written: 1}) },
		"circles":                         func() { (&talk{buffer: []byte{canary}, idle: mostIdleSteps}).moved(progress{events: 1}) },
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
