package ehlo_test

import (
	"os"
	"strings"
	"testing"
)

// The code in the README is that of the examples, which the tests run.
func TestReadmeShowsCodeThatRuns(t *testing.T) {
	texts := map[string]string{"README.md": "", "server/example_test.go": "", "client/example_test.go": ""}
	for name := range texts {
		text, err := os.ReadFile(name)
		check(t, err)
		texts[name] = string(text)
	}
	blocks := strings.Split(texts["README.md"], "```go\n")[1:]
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of code", len(blocks))
	}
	for i, name := range []string{"server/example_test.go", "client/example_test.go"} {
		if code, _, closed := strings.Cut(blocks[i], "```"); !closed || !strings.Contains(texts[name], code) {
			t.Errorf("this is not in %s:\n%s", name, code)
		}
	}
}
