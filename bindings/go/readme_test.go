package ehlo_test

import (
	"os"
	"strings"
	"testing"
)

// The code in the README is that of the examples, which the tests run.
func TestReadmeShowsCodeThatRuns(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	check(t, err)
	examples := ""
	for _, name := range []string{"server/example_test.go", "client/example_test.go"} {
		source, err := os.ReadFile(name)
		check(t, err)
		examples += string(source)
	}
	blocks := strings.Split(string(readme), "```go\n")[1:]
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of code", len(blocks))
	}
	for _, block := range blocks {
		code, _, closed := strings.Cut(block, "```")
		if !closed || !strings.Contains(examples, code) {
			t.Errorf("this is in no example:\n%s", code)
		}
	}
}
