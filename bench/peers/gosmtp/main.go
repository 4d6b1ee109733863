// Command gosmtp-sink is a server on go-smtp that drops messages: gosmtp-sink --listen HOST:PORT.
//
// It prints "listening on HOST:PORT" when it is ready. Its settings are the defaults of go-smtp where possible.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"

	"github.com/emersion/go-smtp"
)

type session struct{}

func (session) Reset()                               {}
func (session) Logout() error                        { return nil }
func (session) Mail(string, *smtp.MailOptions) error { return nil }
func (session) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (session) Data(content io.Reader) error {
	_, err := io.Copy(io.Discard, content)
	return err
}

func newSession(*smtp.Conn) (smtp.Session, error) { return session{}, nil }

func main() {
	address := flag.String("listen", "127.0.0.1:0", "where to listen, as HOST:PORT")
	flag.Parse()
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(newSession))
	server.Domain = "localhost"
	fmt.Printf("listening on %s\n", listener.Addr())
	log.Fatal(server.Serve(listener))
}
