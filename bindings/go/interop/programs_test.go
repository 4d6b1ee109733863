package interop

import (
	"bufio"
	"bytes"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/libehlo/libehlo/bindings/go/client"
	"github.com/libehlo/libehlo/bindings/go/internal/mailtest"
	"github.com/libehlo/libehlo/bindings/go/server"
)

// build gives a program of the tree, which tools/build makes.
func build(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("../../../build/examples", name))
	if err == nil {
		_, err = os.Stat(path)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// The sink of the examples: C on the same library.
func startSink(t *testing.T, args ...string) string {
	t.Helper()
	command := exec.Command(build(t, "sink"), append([]string{"--listen", "127.0.0.1:0"}, args...)...)
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		command.Process.Signal(syscall.SIGTERM)
		if err := command.Wait(); err != nil {
			t.Errorf("the sink: %v", err)
		}
	})
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, lines)
	return strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
}

func TestOurClientToTheSink(t *testing.T) {
	for _, chunking := range []bool{false, true} {
		folder := t.TempDir()
		addr := startSink(t, "--store", folder)
		c := dial(t, addr, &client.Options{Chunking: chunking})
		body := mailtest.Bodies()["half a MiB"]
		for range 3 {
			sendAll(t, c, client.To("b@mx.example"), body)
		}
		if err := c.Quit(background); err != nil {
			t.Error(err)
		}
		for _, name := range []string{"1.eml", "2.eml", "3.eml"} {
			if stored, err := os.ReadFile(filepath.Join(folder, name)); err != nil || string(stored) != body {
				t.Errorf("%s: %d of %d octets, %v", name, len(stored), len(body), err)
			}
		}
	}
}

func TestTheSenderToOurServer(t *testing.T) {
	own, _ := tlsConfigs(t)
	addr, inbox := startOurs(t, &server.Server{TLSConfig: own})
	folder := t.TempDir()
	authority := filepath.Join(folder, "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: own.Certificates[0].Certificate[0]})
	if err := os.WriteFile(authority, text, 0o600); err != nil {
		t.Fatal(err)
	}
	body := mailtest.Bodies()["half a MiB"]
	file := filepath.Join(folder, "message")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"--chunking"}, {"--no-pipelining"}, {"--starttls", "--ca", authority},
		{"--starttls", "--insecure", "--auth", "PLAIN", "--user", "user", "--password", "pass"}} {
		command := exec.Command(build(t, "send"), append([]string{"--server", addr, "--from", "a@client.example", "--to",
			"b@mx.example"}, append(args, file)...)...)
		out, err := command.CombinedOutput()
		if err != nil || !bytes.HasPrefix(out, []byte("ok 250")) {
			t.Fatalf("%v: %v: %s", args, err, out)
		}
		if got := inbox.Only(t); got.Body != body {
			t.Errorf("%v: %d of %d octets", args, len(got.Body), len(body))
		}
	}
}

func TestSwaksToOurServer(t *testing.T) {
	swaks, err := exec.LookPath("swaks")
	if err != nil {
		t.Fatal("swaks is missing: tools/setup installs it")
	}
	own, _ := tlsConfigs(t)
	addr, inbox := startOurs(t, &server.Server{TLSConfig: own})
	for _, args := range [][]string{{}, {"--pipeline"}, {"--tls"},
		{"--tls", "--auth", "LOGIN", "--auth-user", "user", "--auth-password", "pass"}} {
		host, port, _ := net.SplitHostPort(addr)
		command := exec.Command(swaks, append([]string{"--server", host, "--port", port, "--from", "a@client.example", "--to",
			"b@mx.example", "--body", "hello\n.dot"}, args...)...)
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		got := inbox.Only(t)
		if !strings.Contains(got.Body, "\r\nhello\r\n.dot\r\n") || (len(args) > 1 && got.User != "user") {
			t.Errorf("%v: %q by %q", args, got.Body, got.User)
		}
	}
}

// Postfix's own test programs.

func TestSMTPSourceToOurServer(t *testing.T) {
	source := postfixProgram(t, "smtp-source")
	for _, lmtp := range []bool{false, true} {
		s := &server.Server{LMTP: lmtp}
		addr, inbox := startOurs(t, s)
		args := []string{"-s", "5", "-m", "50", "-l", "20000", "-r", "3", addr}
		if lmtp {
			args = append([]string{"-L"}, args...)
		}
		if out, err := exec.Command(source, args...).CombinedOutput(); err != nil || len(out) != 0 {
			t.Fatalf("%v: %s", err, out)
		}
		if mails := inbox.Received(); len(mails) != 50 || len(mails[0].To) != 3 || len(mails[0].Body) < 20000 {
			t.Errorf("%d arrived", len(mails))
		}
	}
}

func TestOurClientToSMTPSink(t *testing.T) {
	sink := postfixProgram(t, "smtp-sink")
	for _, lmtp := range []bool{false, true} {
		listener := mailtest.Listen(t)
		addr := listener.Addr().String()
		listener.Close() // smtp-sink cannot tell a port that it was given
		args := []string{addr, "100"}
		if lmtp {
			args = append([]string{"-L"}, args...)
		}
		if os.Geteuid() == 0 {
			args = append([]string{"-u", "nobody"}, args...)
		}
		command := exec.Command(sink, args...)
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			command.Process.Kill()
			command.Wait()
		}()
		var c *client.Client
		var err error
		for range 100 {
			if c, err = client.Dial(background, "tcp", addr, &client.Options{LMTP: lmtp}); err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, body := range mailtest.Bodies() {
			sendAll(t, c, client.To("b@mx.example", "c@mx.example"), body)
		}
		if err := c.Quit(background); err != nil {
			t.Error(err)
		}
	}
}

func postfixProgram(t *testing.T, name string) string {
	t.Helper()
	for _, folder := range []string{"/usr/sbin", "/usr/lib/postfix/sbin", "/usr/bin"} {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	t.Fatalf("%s is missing: the package postfix has it", name)
	return ""
}
