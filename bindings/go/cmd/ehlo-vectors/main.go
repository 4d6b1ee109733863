// Command ehlo-vectors runs conformance vectors through the Go binding: ehlo-vectors FILE.jsonl... prints a line for
// each case that fails and, last, "N passed, N failed".
package main

import (
	"fmt"
	"os"

	"github.com/libehlo/libehlo/bindings/go/internal/vectors"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: ehlo-vectors FILE.jsonl...")
		os.Exit(2)
	}
	var total vectors.Tally
	for _, file := range os.Args[1:] {
		tally := vectors.RunFile(file, os.Stdout)
		total.Passed += tally.Passed
		total.Failed += tally.Failed
	}
	fmt.Printf("%d passed, %d failed\n", total.Passed, total.Failed)
	if total.Failed != 0 || total.Passed == 0 {
		os.Exit(1)
	}
}
