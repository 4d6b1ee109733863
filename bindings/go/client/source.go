package client

import (
	"bytes"
	"fmt"
	"io"
	"os"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// source is the content of a message, and what is known of it before it is sent.
type source struct {
	io.Reader
	octets uint64      // 0: not known
	whole  io.ReaderAt // looks at all of it and takes nothing away; nil: it comes but once
}

// sourceOf finds out what can be known without reading: the length of whatever has one, and all content of what is in
// memory or in a file.
func sourceOf(r io.Reader) source {
	switch from := r.(type) {
	case nil:
		return source{Reader: bytes.NewReader(nil)}
	case *bytes.Buffer:
		return source{r, uint64(from.Len()), bytes.NewReader(from.Bytes())}
	case *os.File:
		if info, err := from.Stat(); err == nil && info.Mode().IsRegular() {
			return restOf(r, from, info.Size())
		}
	case interface { // bytes.Reader, strings.Reader, io.SectionReader
		seekable
		Size() int64
	}:
		return restOf(r, from, from.Size())
	case interface{ Len() int }:
		return source{Reader: r, octets: uint64(max(from.Len(), 0))}
	}
	return source{Reader: r}
}

type seekable interface {
	io.ReaderAt
	io.Seeker
}

// restOf is what stands behind the place where `from` is read next.
func restOf(r io.Reader, from seekable, size int64) source {
	at, err := from.Seek(0, io.SeekCurrent)
	if err != nil || at < 0 || at > size {
		return source{Reader: r}
	}
	return source{r, uint64(size - at), io.NewSectionReader(from, at, size-at)}
}

// rules are what the content of a message may not have.
type rules struct {
	ascii   bool // the server does not take octets above 127
	bare    bool // a CR or LF alone is refused
	repairs bool // it is made CRLF
	closes  bool // the last line is ended where it is not
}

// check looks at content that is known before anything is sent: what is found then costs nobody the connection. It gives
// the octets that the message will have, 0 where that is not known.
func (s *source) check(r rules) (octets uint64, err error) {
	if s.whole == nil {
		return s.octets, nil
	}
	octets = s.octets
	l := look{rules: r}
	buffer := make([]byte, min(outputOctets, s.octets))
	for at := uint64(0); at < s.octets; {
		n, err := s.whole.ReadAt(buffer, int64(at))
		if n == 0 && err != nil {
			return 0, fmt.Errorf("client: the content cannot be read: %w", err)
		}
		at += uint64(n)
		if err := l.at(buffer[:n], at == s.octets); err != nil {
			return 0, err
		}
	}
	if r.repairs {
		octets += l.bare
	}
	if r.closes && s.octets != 0 && l.last != '\n' && !(r.repairs && l.last == '\r') {
		octets += 2
	}
	return octets, nil
}

// look goes through content piece by piece.
type look struct {
	rules
	passed uint64 // octets
	last   byte
	bare   uint64 // CR and LF alone
}

func (l *look) at(piece []byte, end bool) error {
	for i, octet := range piece {
		at := l.passed + uint64(i)
		switch {
		case octet > 127 && l.ascii:
			return notASCII(at)
		case octet == '\n' && l.last != '\r':
			if l.bare++; l.rules.bare {
				return contentError(at, ehlo.ErrBareLF)
			}
		case octet != '\n' && l.last == '\r':
			if l.bare++; l.rules.bare {
				return contentError(at-1, ehlo.ErrBareCR)
			}
		}
		l.last = octet
	}
	l.passed += uint64(len(piece))
	if end && l.last == '\r' && len(piece) != 0 {
		if l.bare++; l.rules.bare {
			return contentError(l.passed-1, ehlo.ErrBareCR)
		}
	}
	return nil
}

func contentError(octet uint64, err error) error {
	return fmt.Errorf("client: octet %d of the content: %w", octet, err)
}

func notASCII(octet uint64) error {
	return contentError(octet, &NotOfferedError{Extensions: ehlo.Ext8BitMIME})
}
