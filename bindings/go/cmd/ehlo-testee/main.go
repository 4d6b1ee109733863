// Command ehlo-testee makes the calls that the runner of the conformance vectors asks for through the Go binding, and says
// what came of them: lines of JSON on its standard input and output, see tests/testee/README.md.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

func main() {
	debug.SetGCPercent(400) // requests are large, and sessions live elsewhere
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "ehlo-testee:", err)
		os.Exit(1)
	}
}

// call has the arguments of every call: to look for the kind of a call first would mean to read it twice.
type call struct {
	Name    string `json:"call"`
	Session int    `json:"session"`

	Line, Path, Params, Octets, Text octets
	User, Password                   octets
	Keyword, Verb                    string
	Forward, SMTPUTF8, LMTP, TLS     bool
	MaxLine                          uint32 `json:"max_line"`
	MaxSize                          uint64 `json:"max_size"`
	limits

	options
	SmallestBuffer bool `json:"smallest_buffer"`
	Events, Spans  int

	Event   string              `json:"event"`
	Answers [][]json.RawMessage `json:"answers"`
	Do      []json.RawMessage   `json:"do"`
	Pieces  []piece             `json:"pieces"`
	Output  int                 `json:"output"`
	Stop    bool                `json:"stop"`

	HelloReply bool     `json:"hello_reply"`
	shared     []octets // of the request
}

var calls = map[string]func(*testee, *call, *object){
	"parse_command": parseCommand,
	"parse_path":    parsePath,
	"parse_params":  parseParams,
	"parse_reply":   parseReply,
	"parse_hello":   parseHello,
	"decode_base64": decodeBase64,
	"write_plain":   writePlain,
	"parse_plain":   parsePlain,
	"write_param":   writeParam,
	"decode_data":   decodeData,
	"server":        newServer,
	"client":        newClient,
	"turn":          turn,
	"client_turn":   turn,
	"close":         closeSession,
}

// testee holds the sessions that are open.
type testee struct {
	sessions map[int]session
	last     int // number of a session
}

type session interface {
	turn(*call, *object)
	close()
}

func (t *testee) add(s session, o *object) {
	t.last++
	t.sessions[t.last] = s
	o.number("session", uint64(t.last))
}

func (t *testee) of(c *call) session {
	s := t.sessions[c.Session]
	require(s != nil, "no such session")
	return s
}

func turn(t *testee, c *call, o *object) { t.of(c).turn(c, o) }

func closeSession(t *testee, c *call, _ *object) {
	t.of(c).close()
	delete(t.sessions, c.Session)
}

func serve(in io.Reader, out io.Writer) error {
	requests := json.NewDecoder(in)
	t := &testee{sessions: map[int]session{}}
	var o object
	var request struct {
		Octets []octets `json:"octets"`
		Calls  []call   `json:"calls"`
	}
	for {
		clear(request.Calls) // their memory is used again
		request.Octets, request.Calls = nil, request.Calls[:0]
		if err := requests.Decode(&request); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		o.out = append(o.out[:0], '{')
		o.open("results", '[')
		known := map[string]int{}
		for i := range request.Calls {
			c := &request.Calls[i]
			c.shared = request.Octets
			o.next()
			start := len(o.out)
			t.answer(c, &o)
			if same, ok := known[string(o.out[start:])]; ok {
				o.out = append(o.out[:start], '{')
				o.digits("same", uint64(same))
				o.close('}')
			} else {
				known[string(o.out[start:])] = i
			}
		}
		o.out = append(o.out, "]}\n"...)
		if _, err := out.Write(o.out); err != nil {
			return err
		}
	}
}

// answer makes one call. What it has written before a fault is dropped.
func (t *testee) answer(c *call, o *object) {
	start := len(o.out)
	defer func() {
		if problem := recover(); problem != nil {
			o.out = append(o.out[:start], '{')
			o.text("fault", fmt.Sprint(problem))
		}
		o.close('}')
	}()
	o.out = append(o.out, '{')
	if run := calls[c.Name]; run != nil {
		run(t, c, o)
	} else {
		o.flag("unknown", true)
	}
}

// require panics with what is a fault of this call.
func require(good bool, otherwise string) {
	if !good {
		panic(otherwise)
	}
}

// read reads the elements of a list that have a place.
func read(list []json.RawMessage, places ...any) {
	for i := range min(len(list), len(places)) {
		err := json.Unmarshal(list[i], places[i])
		require(err == nil, "an argument of another type")
	}
}
