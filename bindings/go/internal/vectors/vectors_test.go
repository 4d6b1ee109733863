//go:build !race

package vectors

import (
	"path/filepath"
	"strings"
	"testing"
)

const folder = "../../../../tests/vectors"

func TestVectors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(folder, "*.jsonl"))
	own, errOwn := filepath.Glob(filepath.Join(folder, "own", "*.jsonl"))
	if err != nil || errOwn != nil || len(files) < 9 || len(own) < 9 {
		t.Fatalf("%d and %d files of vectors: %v, %v", len(files), len(own), err, errOwn)
	}
	for _, file := range append(files, own...) {
		name, _ := filepath.Rel(folder, file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var failures strings.Builder
			tally := RunFile(file, &failures)
			if tally.Failed != 0 || tally.Passed == 0 {
				t.Errorf("%d passed, %d failed\n%s", tally.Passed, tally.Failed, failures.String())
			}
		})
	}
}

// A runner that lets everything pass proves nothing: each of these says something that is not so.
func TestWrongCasesFail(t *testing.T) {
	for _, line := range []string{
		`{"id":"a","line":"NOOP\r\n","expect":{"verb":"QUIT","arg":null}}`,
		`{"id":"a","path":"<a@b.example>","kind":"forward","smtputf8":false,"expect":{"valid":false}}`,
		`{"id":"a","command":"MAIL","params":"SIZE=1","expect":{"params":[{"name":"SIZE","value":"1","decoded":"2"}]}}`,
		`{"id":"a","bytes":"250 ok\r\n","expect":{"code":250,"lines":["no"],"enhanced":null,"remaining":""}}`,
		`{"id":"ehlo-a","bytes":"250 a\r\n","expect":{"domain":"b","capabilities":[],"size_limit":null,"auth":null}}`,
		`{"id":"a","chunks":["a\r\n.\r\n"],"expect":{"end":true,"body":"b\r\n","rest":"","violations":[]}}`,
		`{"id":"a","chunks":["a\r\n"],"expect":{"wire":"a\r\n"}}`,
		`{"id":"a","steps":[{"send":"","expect":[221]}]}`,
		`{"id":"a","steps":[{"send":"","expect":[220]},{"messages_count":1}]}`,
		`{"id":"a","steps":[{"feed":"220 a\r\n","events":[["greeting",221]]}]}`,
		`{"id":"a","steps":[{"do":["mail","a@b.example"],"out":"MAIL FROM:<a@b.example>\r\n"}]}`,
		`{"id":"a","unheard":1}`,
	} {
		if _, err := runCase([]byte(line), map[string]bool{}); err == nil {
			t.Errorf("passes: %s", line)
		}
	}
}
