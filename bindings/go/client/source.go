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

// restOf is what stands after the place where `from` is read next.
func restOf(r io.Reader, from seekable, size int64) source {
	at, err := from.Seek(0, io.SeekCurrent)
	if err != nil || at < 0 || at > size {
		return source{Reader: r}
	}
	return source{r, uint64(size - at), io.NewSectionReader(from, at, size-at)}
}

// rules are what the content of a message may not have, and what becomes of it on its way.
type rules struct {
	text    bool // it has lines; else nothing is looked for
	ascii   bool // the server does not take octets above 127
	bare    bool // a CR or LF alone is refused
	repairs bool // it is made CRLF
	nul     bool // a NUL is refused
	closes  bool // the last line is ended where it is not
}

// check looks at content that is known before anything is sent: what is found then costs nobody the connection. It gives
// the octets that the message will have, 0 where that is not known.
func (s *source) check(r rules) (octets uint64, err error) {
	if s.whole == nil || !r.text {
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
		if err := l.at(buffer[:n]); err != nil {
			return 0, err
		}
	}
	if err := l.end(); err != nil {
		return 0, err
	}
	if r.repairs {
		octets += l.lone
	}
	if r.closes && l.place != lineStart {
		octets += 2
	}
	return octets, nil
}

// place is where in its line an octet stands.
type place uint8

const (
	lineStart  place = iota // of the content, after CRLF, or after what is made CRLF
	inLine                  // nothing special can begin here
	afterCR                 // not known yet whether of a CRLF
	looseStart              // where some receivers see a line begin: after a CR or LF alone, or NULs at a lineStart
	onlyDot                 // after the dot that a line began with at a looseStart, NULs aside
)

// look goes through content piece by piece and finds what the session would find when it is sent.
type look struct {
	rules
	passed uint64 // octets
	place  place
	dot    uint64 // position of the dot that onlyDot is about
	lone   uint64 // CR and LF alone
}

func (l *look) at(piece []byte) error {
	for i, octet := range piece {
		at := l.passed + uint64(i)
		if octet > 127 && l.ascii {
			return notASCII(at)
		}
		if octet > '.' && l.place != afterCR {
			l.place = inLine
		} else if err := l.special(at, octet); err != nil {
			return err
		}
	}
	l.passed += uint64(len(piece))
	return nil
}

// special takes an octet that may be none of the plain ones within a line.
func (l *look) special(at uint64, octet byte) error {
	if l.place == afterCR {
		if octet == '\n' {
			l.place = lineStart
			return nil
		}
		if err := l.alone(at-1, ehlo.ErrBareCR); err != nil {
			return err
		}
	}
	switch {
	case octet == 0 && l.nul:
		return contentError(at, ehlo.ErrNUL)
	case octet == 0 && l.place == lineStart:
		l.place = looseStart
	case octet == 0: // some receivers drop it, so that the place remains
	case (octet == '\r' || octet == '\n') && l.place == onlyDot:
		return contentError(l.dot, ehlo.ErrFalseEnd)
	case octet == '\r':
		l.place = afterCR
	case octet == '\n':
		return l.alone(at, ehlo.ErrBareLF)
	case octet == '.' && l.place == looseStart:
		l.place, l.dot = onlyDot, at
	default:
		l.place = inLine
	}
	return nil
}

// alone takes a CR or LF that is not of a CRLF.
func (l *look) alone(at uint64, kind error) error {
	if l.bare {
		return contentError(at, kind)
	}
	l.lone++
	l.place = looseStart
	if l.repairs {
		l.place = lineStart
	}
	return nil
}

func (l *look) end() error {
	if l.place == onlyDot {
		return contentError(l.dot, ehlo.ErrFalseEnd)
	}
	if l.place == afterCR {
		return l.alone(l.passed-1, ehlo.ErrBareCR)
	}
	return nil
}

func contentError(octet uint64, err error) error {
	return fmt.Errorf("client: octet %d of the content: %w", octet, err)
}

func notASCII(octet uint64) error {
	return contentError(octet, &NotOfferedError{Extensions: ehlo.Ext8BITMIME})
}
