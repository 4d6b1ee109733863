package ehlo_test

import (
	"os"
	"strings"
	"testing"
)

// The code in the README is that of the examples, which the tests run.
func TestReadmeShowsCodeThatRuns(t *testing.T) {
	textOf := func(name string) string {
		text, err := os.ReadFile(name)
		check(t, err)
		return string(text)
	}
	for readme, examples := range map[string][]string{
		"README.md":       {"server/example_test.go", "client/example_test.go"},
		"../../README.md": {"client/example_test.go"},
	} {
		blocks := strings.Split(textOf(readme), "```go\n")[1:]
		if len(blocks) != len(examples) {
			t.Fatalf("%s: %d blocks of code", readme, len(blocks))
		}
		for i, name := range examples {
			if code, _, closed := strings.Cut(blocks[i], "```"); !closed || !strings.Contains(textOf(name), code) {
				t.Errorf("%s: this is not in %s:\n%s", readme, name, code)
			}
		}
	}
}
