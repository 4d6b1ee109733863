package main

import (
	"errors"
	"reflect"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

// errorName and verbName give "" for what is none.
func errorName(err ehlo.Error) string {
	if err == 0 {
		return ""
	}
	return err.Name()
}

func verbName(verb ehlo.Verb) string {
	if verb == ehlo.VerbUnknown {
		return ""
	}
	return verb.String()
}

func verbOf(name string) ehlo.Verb {
	verb := ehlo.VerbNamed(name)
	require(verb != 0 && verb.String() == name && verb.Row().ID == verb, "a verb is not known, or by another name")
	return verb
}

func extensionsOf(keywords []string) (bits ehlo.Extensions) {
	for _, keyword := range keywords {
		bit := ehlo.ExtensionOf(keyword)
		require(bit != 0 && bit.String() == keyword, "an extension is not known, or by another name")
		bits |= bit
	}
	return bits
}

// codeOf gives the library's error: nothing else may come from it.
func codeOf(err error) (code ehlo.Error) {
	require(err == nil || (errors.As(err, &code) && code != 0), "an error that is none of the library")
	return code
}

// failed writes the error of a call, whose position is to be within `size` octets.
func (o *object) failed(err error, size int) bool {
	if err == nil {
		return false
	}
	code := codeOf(err)
	o.text("error", errorName(code))
	if at, ok := err.(*ehlo.PositionError); ok {
		require(at.Offset >= 0 && at.Offset <= size, "the position of an error lies outside")
		o.digits("at", uint64(at.Offset))
	}
	o.number("code", uint64(code.Info().Code))
	return true
}

// view gives the octets of a span, which is to lie inside of its buffer; nil where it is absent.
func view(base []byte, span ehlo.Span) []byte {
	if !span.Present() {
		return nil
	}
	require(uint64(span.Off)+uint64(span.Len) <= uint64(len(base)), "a view lies outside of its buffer")
	return base[span.Off : span.Off+span.Len]
}

func (o *object) view(name string, base []byte, span ehlo.Span) { o.octets(name, view(base, span)) }

// appendBody appends the octets of spans of content, which may stand for those of no buffer.
func appendBody(out, base []byte, spans []ehlo.Span) []byte {
	for _, span := range spans {
		require(span.Present(), "an absent view of content")
		if span.Off == ehlo.OffCRLF || span.Off == ehlo.OffEnd {
			require(len(span.BodyIn(base)) == int(span.Len), "a view of octets of no buffer has another length")
			out = append(out, span.BodyIn(base)...)
		} else {
			out = append(out, view(base, span)...)
		}
	}
	return out
}

type limits struct {
	Line  uint32 `json:"max_reply_line"`
	Lines uint32 `json:"max_reply_lines"`
	Size  uint32 `json:"max_reply_size"`
}

func (l limits) library() ehlo.ReplyLimits {
	return ehlo.ReplyLimits{LineOctets: l.Line, Lines: l.Lines, Octets: l.Size}
}

// options are the fields of ehlo_server_options and ehlo_client_options; nil: the default.
type options struct {
	Hostname     octets
	Mechanisms   []string
	KeywordLines []string `json:"lines"`
	Extensions   []string
	Replies      limits
	Flags        uint32
	numbers
}

// apply sets the fields of the library's options that have the name of one that is given.
func (o *options) apply(library any, flags []string) {
	from, to := reflect.ValueOf(o.numbers), reflect.ValueOf(library).Elem()
	for i := range from.NumField() {
		if given := from.Field(i); !given.IsNil() {
			to.FieldByName(from.Type().Field(i).Name).Set(given.Elem())
		}
	}
	for bit, name := range flags {
		if o.Flags>>bit&1 != 0 {
			to.FieldByName(name).SetBool(true)
		}
	}
	require(o.Flags>>len(flags) == 0, "a flag that is not known")
}
