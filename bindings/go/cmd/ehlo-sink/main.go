// Command ehlo-sink receives mail and stores it, or only counts it: as examples/sink does in C.
//
//	ehlo-sink --listen HOST:PORT [--lmtp] [--hostname NAME] [--store DIR] [--tls-cert F --tls-key F] [--users FILE]
//	          [--max-size N] [--quiet] [--profile FILE]
//
// It prints "listening on HOST:PORT" when it is ready and stops on SIGTERM or SIGINT. SIGUSR1 has it print what it holds.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

type options struct{ listen, cert, key, users, profile string }

func main() {
	var o options
	var quiet bool
	backend := &backend{}
	receiver := &server.Server{Backend: backend}
	flag.StringVar(&o.listen, "listen", "", "`HOST:PORT` to listen on")
	flag.StringVar(&receiver.Hostname, "hostname", "sink.example", "our `NAME`")
	flag.StringVar(&backend.store, "store", "", "`DIR` to store messages in, as N.eml and N.json")
	flag.StringVar(&o.cert, "tls-cert", "", "certificate `FILE` (PEM): offers STARTTLS")
	flag.StringVar(&o.key, "tls-key", "", "key `FILE` (PEM)")
	flag.StringVar(&o.users, "users", "", "`FILE` with a name:password a line: offers AUTH PLAIN and LOGIN, without a certificate in clear text")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile to `FILE`")
	flag.BoolVar(&receiver.LMTP, "lmtp", false, "speak LMTP")
	flag.BoolVar(&quiet, "quiet", false, "only count the messages: nothing is stored")
	flag.Uint64Var(&receiver.MaxMessageBytes, "max-size", 0, "largest message in `OCTETS`, 0: no limit")
	flag.Parse()
	if o.listen == "" || flag.NArg() != 0 {
		flag.Usage()
		os.Exit(2)
	}
	if quiet {
		backend.store = ""
	}
	if err := run(o, backend, receiver); err != nil {
		fmt.Fprintln(os.Stderr, "ehlo-sink:", err)
		os.Exit(2)
	}
}

func run(o options, backend *backend, receiver *server.Server) error {
	if backend.store != "" {
		if err := backend.open(); err != nil {
			return err
		}
	}
	if o.cert != "" {
		pair, err := tls.LoadX509KeyPair(o.cert, o.key)
		if err != nil {
			return err
		}
		receiver.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}}
	}
	if o.users != "" {
		users, err := readUsers(o.users)
		if err != nil {
			return err
		}
		backend.users = users
		receiver.AuthMechanisms, receiver.PlaintextAuth = []string{"PLAIN", "LOGIN"}, receiver.TLSConfig == nil
	}
	if o.profile != "" {
		file, err := os.Create(o.profile)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return err
	}
	// Who reads "listening on" may send the signal at once; one that nobody waits for is lost without a word.
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go reportOn(asked, receiver)
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-stop.Done()
		patience, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := receiver.Shutdown(patience); err != nil {
			fmt.Fprintln(os.Stderr, "ehlo-sink: connections had to be cut off:", err)
		}
	}()
	fmt.Println("listening on", listener.Addr())
	if err := receiver.Serve(listener); err != server.ErrClosed {
		return err
	}
	<-stopped
	fmt.Println(backend.count.Load(), "messages,", backend.octets.Load(), "octets")
	return nil
}

// reportOn prints, whenever it is asked, what there is once the garbage has been collected.
func reportOn(asked <-chan os.Signal, receiver *server.Server) {
	for range asked {
		runtime.GC() // what a pool holds goes with the second collection
		debug.FreeOSMemory()
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		blocks, octets := ehlo.Memory()
		fmt.Println("connections", receiver.Connections(), "goroutines", runtime.NumGoroutine(), "heap", memory.HeapAlloc,
			"blocks", blocks, "octets", octets)
	}
}

func readUsers(name string) (map[string]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	users := map[string]string{}
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		if lines.Text() == "" {
			continue
		}
		user, password, found := strings.Cut(lines.Text(), ":")
		if !found {
			return nil, fmt.Errorf("%s:%d: no name:password", name, number)
		}
		users[user] = password
	}
	return users, lines.Err()
}
