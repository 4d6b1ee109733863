package main

import (
	"bufio"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

type backend struct {
	store  string
	users  map[string]string
	count  atomic.Uint64
	octets atomic.Uint64
}

func (b *backend) NewSession(_ context.Context, c *server.Conn) (server.Session, error) {
	return &session{backend: b, conn: c}, nil
}

// session keeps the envelope of the transaction that is open.
type session struct {
	backend *backend
	conn    *server.Conn
	user    string
	record  record
}

// record is what N.json says beside N.eml.
type record struct {
	Protocol string      `json:"protocol"`
	Helo     string      `json:"helo"`
	TLS      bool        `json:"tls"`
	Auth     *string     `json:"auth"`
	From     string      `json:"from"`
	Params   []parameter `json:"params"`
	To       []recipient `json:"to"`
}

type recipient struct {
	Address string      `json:"address"`
	Params  []parameter `json:"params"`
}

type parameter struct {
	Keyword string  `json:"keyword"`
	Value   *string `json:"value"`
}

func parametersOf(params []server.Param) []parameter {
	list := make([]parameter, len(params))
	for i, param := range params {
		list[i].Keyword = param.Keyword
		if param.HasValue {
			list[i].Value = &param.Value
		}
	}
	return list
}

func (s *session) Mail(_ context.Context, from string, opts *server.MailOptions) error {
	s.record = record{From: from}
	if s.backend.store != "" {
		s.record.Params = parametersOf(opts.Params)
	}
	return nil
}

func (s *session) Rcpt(_ context.Context, to string, opts *server.RcptOptions) error {
	if s.backend.store != "" {
		s.record.To = append(s.record.To, recipient{to, parametersOf(opts.Params)})
	}
	return nil
}

func (s *session) Data(_ context.Context, r io.Reader) error {
	if s.backend.store != "" {
		return s.keep(r)
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil {
		return err
	}
	s.backend.octets.Add(uint64(n))
	s.backend.count.Add(1)
	return nil
}

// keep writes both files under names that nobody reads before they are whole.
func (s *session) keep(r io.Reader) error {
	file, err := os.CreateTemp(s.backend.store, ".incoming-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 64<<10)
	n, err := io.Copy(buffered, r)
	if err = errors.Join(err, buffered.Flush()); err != nil {
		return err
	}
	facts := s.conn.Facts()
	s.record.Protocol, s.record.Helo, s.record.TLS = s.conn.Protocol(), s.conn.Host(), facts&ehlo.FactTLS != 0
	if s.user != "" {
		s.record.Auth = &s.user
	}
	text, err := json.Marshal(&s.record)
	if err != nil {
		return err
	}
	number := s.backend.count.Add(1)
	s.backend.octets.Add(uint64(n))
	name := filepath.Join(s.backend.store, fmt.Sprint(number))
	if err := os.WriteFile(name+".json", append(text, '\n'), 0o644); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), name+".eml"); err != nil {
		return err
	}
	fmt.Printf("%s.eml: %d octets from <%s> to %d recipients\n", name, n, s.record.From, len(s.record.To))
	return server.OK(fmt.Sprintf("stored as %d", number))
}

func (s *session) Reset() { s.record = record{} }

func (s *session) Logout() error { return nil }

func (s *session) Auth(_ context.Context, mechanism string) (server.SASLServer, error) {
	check := func(user, password string) error {
		known, ok := s.backend.users[user]
		if !ok || subtle.ConstantTimeCompare([]byte(known), []byte(password)) != 1 {
			return server.Refuse(535, 5, 7, 8, "wrong name or password")
		}
		s.user = user
		return nil
	}
	if mechanism == "LOGIN" {
		return server.Login(check), nil
	}
	return server.Plain(func(authzid, user, password string) error {
		if authzid != "" && authzid != user {
			return server.Refuse(535, 5, 7, 8, "no other identity than one's own")
		}
		return check(user, password)
	}), nil
}
