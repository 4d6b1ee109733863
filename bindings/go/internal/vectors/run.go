package vectors

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// Tally counts cases.
type Tally struct{ Passed, Failed int }

func has(o object, key string) bool {
	_, ok := o[key]
	return ok
}

func inside(vector object, key string) object {
	o, _ := vector[key].(object)
	return o
}

func firstStep(vector object) object {
	if steps, ok := vector["steps"].([]any); ok && len(steps) != 0 {
		first, _ := steps[0].(object)
		return first
	}
	return nil
}

func isHelloCase(vector object) bool {
	id, _ := vector["id"].(string)
	return has(inside(vector, "expect"), "capabilities") || strings.Contains(id, "ehlo-")
}

// The kinds of cases: how one looks and how it is run.
var kinds = []struct {
	name    string
	matches func(object) bool
	run     func(object)
}{
	{"addresses", func(v object) bool { return has(v, "path") }, runAddress},
	{"commands", func(v object) bool { return has(v, "line") }, runCommand},
	{"params", func(v object) bool { return has(v, "command") && has(v, "params") }, runParams},
	{"replies", func(v object) bool { return has(v, "bytes") && !isHelloCase(v) }, runReply},
	{"ehlo", func(v object) bool { return has(v, "bytes") && isHelloCase(v) }, runHello},
	{"data", func(v object) bool {
		expect := inside(v, "expect")
		return has(v, "chunks") && (has(expect, "end") || has(expect, "violations"))
	}, runData},
	{"data_encode", func(v object) bool {
		expect := inside(v, "expect")
		return has(v, "chunks") && (has(expect, "wire") || has(expect, "error"))
	}, runDataEncode},
	{"sessions", func(v object) bool { return has(firstStep(v), "send") }, runSession},
	{"client_sessions", func(v object) bool {
		first := firstStep(v)
		return has(first, "do") || has(first, "feed") || (has(first, "event") && has(first, "events"))
	}, runClientSession},
}

// runCase runs one case and gives its id.
func runCase(line []byte, seen map[string]bool) (id string, err error) {
	id = "-"
	defer func() {
		switch problem := recover().(type) {
		case nil:
		case fault:
			err = problem
		default:
			err = fmt.Errorf("panic: %v", problem)
		}
	}()
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.UseNumber()
	var vector object
	if err := decoder.Decode(&vector); err != nil {
		return id, fmt.Errorf("bad case: %w", err)
	}
	id = textOf(member(vector, "id"))
	require(!seen[id], "bad case: the id is taken")
	seen[id] = true
	var run func(object)
	for _, kind := range kinds {
		if kind.matches(vector) {
			require(run == nil, "bad case: of two kinds, one of them %s", kind.name)
			run = kind.run
		}
	}
	require(run != nil, "bad case: of no kind that is known")
	run(vector)
	return id, nil
}

// RunFile runs the cases of a file and writes a line to `out` for each that fails.
func RunFile(file string, out io.Writer) (tally Tally) {
	fail := func(number int, id string, why any) {
		text := strings.Map(func(r rune) rune {
			if r < 32 || r == 127 {
				return ' '
			}
			return r
		}, fmt.Sprint(why))
		fmt.Fprintf(out, "FAIL %s:%d %s %s\n", file, number, id, text)
		tally.Failed++
	}
	in, err := os.Open(file)
	if err != nil {
		fail(0, "-", err)
		return tally
	}
	defer in.Close()
	seen := map[string]bool{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 64<<20)
	number := 0
	for lines.Scan() {
		number++
		if len(lines.Bytes()) == 0 {
			continue
		}
		if id, err := runCase(lines.Bytes(), seen); err != nil {
			fail(number, id, err)
		} else {
			tally.Passed++
		}
	}
	if err := lines.Err(); err != nil {
		fail(number, "-", err)
	}
	if number == 0 {
		fail(0, "-", "no case in the file")
	}
	return tally
}
