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
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	ehlo "github.com/libehlo/libehlo/bindings/go"
	"github.com/libehlo/libehlo/bindings/go/server"
)

type backend struct {
	store  string
	users  map[string]string
	mu     sync.Mutex
	last   uint64 // number of a message
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
	Protocol       string        `json:"protocol"`
	Helo           string        `json:"helo"`
	TLS            bool          `json:"tls"`
	Auth           *string       `json:"auth"`
	From           string        `json:"from"`
	MailParameters []parameter   `json:"mail_parameters"`
	To             []string      `json:"to"`
	RcptParameters [][]parameter `json:"rcpt_parameters"` // of each recipient
	Octets         int64         `json:"octets"`
}

// parameter is a keyword and its value, nil where there is no "=".
type parameter [2]*string

func parametersOf(params []server.Param) []parameter {
	list := make([]parameter, len(params))
	for i := range params {
		list[i][0] = &params[i].Keyword
		if params[i].HasValue {
			list[i][1] = &params[i].Value
		}
	}
	return list
}

func (s *session) Mail(_ context.Context, from string, opts *server.MailOptions) error {
	s.record = record{From: from}
	if s.backend.store != "" {
		s.record.MailParameters = parametersOf(opts.Params)
	}
	return nil
}

func (s *session) Rcpt(_ context.Context, to string, opts *server.RcptOptions) error {
	if s.backend.store != "" {
		s.record.To = append(s.record.To, to)
		s.record.RcptParameters = append(s.record.RcptParameters, parametersOf(opts.Params))
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
	s.record.Octets, err = io.Copy(buffered, r)
	if err = errors.Join(err, buffered.Flush()); err != nil {
		return err
	}
	s.record.Protocol, s.record.Helo, s.record.TLS = s.conn.Protocol(), s.conn.Host(), s.conn.Facts()&ehlo.FactTLS != 0
	if s.user != "" {
		s.record.Auth = &s.user
	}
	envelope, err := os.CreateTemp(s.backend.store, ".incoming-*")
	if err != nil {
		return err
	}
	defer os.Remove(envelope.Name())
	defer envelope.Close()
	encoder := json.NewEncoder(envelope)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(&s.record); err != nil {
		return err
	}
	number, err := s.backend.publish(file.Name(), envelope.Name())
	if err != nil {
		return err
	}
	s.backend.octets.Add(uint64(s.record.Octets))
	s.backend.count.Add(1)
	return server.OK(fmt.Sprintf("stored as %d", number))
}

// publish gives the files the next number that is free.
func (b *backend) publish(content, envelope string) (number uint64, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	name := filepath.Join(b.store, fmt.Sprint(b.last+1))
	if err := os.Rename(content, name+".eml"); err != nil {
		return 0, err
	}
	if err := os.Rename(envelope, name+".json"); err != nil {
		return 0, errors.Join(err, os.Remove(name+".eml"))
	}
	b.last++
	return b.last, nil
}

// open makes the folder of messages and finds the last number in it.
func (b *backend) open() error {
	if err := os.MkdirAll(b.store, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(b.store)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		stem, _, _ := strings.Cut(entry.Name(), ".")
		if number, err := strconv.ParseUint(stem, 10, 64); err == nil {
			b.last = max(b.last, number)
		}
	}
	return nil
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
