package ehlo_test

import (
	"cmp"
	"errors"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

func TestOptionsReachTheLibrary(t *testing.T) {
	o := ehlo.DefaultServerOptions()
	if o.MaxRecipients != 1000 || o.RecipientWindow != 16 || o.Asks != ehlo.AskDefault || o.Extensions != ehlo.ExtDefault {
		t.Errorf("the defaults are %+v", o)
	}
	d := newDriver(t, func(o *ehlo.ServerOptions) {
		o.Mechanisms, o.PlaintextAuth = "PLAIN", true
		o.Extensions |= ehlo.ExtAUTH
		o.MaxMessageOctets = 100000
		o.Lines = []ehlo.KeywordLine{{Keyword: "XOWN", Arguments: "1"}, {Keyword: "XBARE"}}
		o.UnknownVerbs = ehlo.UnknownOffer
	})
	d.feed([]byte("NOOP\r\nVRFY bob\r\nXOWN a b\r\n"))
	for _, line := range []string{"AUTH PLAIN\r\n", "SIZE 100000\r\n", "XOWN 1\r\n", "XBARE\r\n"} {
		if !strings.Contains(string(d.replies), line) {
			t.Errorf("no %q in %q", line, d.replies)
		}
	}
	if d.seen[len(d.seen)-1] != ehlo.ServerEventCommand {
		t.Errorf("the events are %v", d.seen)
	}
}

func TestOptionsThatAreOutOfRangeAreNamed(t *testing.T) {
	for _, one := range []struct {
		want   string
		change func(o *ehlo.ServerOptions)
	}{
		{"Hostname", func(o *ehlo.ServerOptions) { o.Hostname = "no name" }},
		{"Hostname", func(o *ehlo.ServerOptions) { o.Hostname = "a\x00b" }},
		{"Mechanisms", func(o *ehlo.ServerOptions) { o.Mechanisms = "PLAIN\x00" }},
		{"Rows", func(o *ehlo.ServerOptions) { o.Rows = &ehlo.Rows{Verbs: []ehlo.VerbRow{{Name: "X\x00"}}} }},
		{"Rows.Verbs", func(o *ehlo.ServerOptions) { o.Rows = &ehlo.Rows{Verbs: []ehlo.VerbRow{{Name: "MAIL"}}} }},
		{"Rows.Params", func(o *ehlo.ServerOptions) { o.Rows = &ehlo.Rows{Params: make([]ehlo.ParamRow, 1000)} }},
		{"Lines", func(o *ehlo.ServerOptions) { o.Lines = []ehlo.KeywordLine{{Keyword: "X", Arguments: "\x00"}} }},
		{"Lines", func(o *ehlo.ServerOptions) { o.Lines = []ehlo.KeywordLine{{Keyword: "X Y"}} }},
		{"UnknownVerbs", func(o *ehlo.ServerOptions) { o.UnknownVerbs = ehlo.UnknownIgnore }},
		{"Extensions", func(o *ehlo.ServerOptions) { o.Extensions = 1 << 60 }},
		{"CommandAsks", func(o *ehlo.ServerOptions) { o.CommandAsks = []ehlo.Verb{ehlo.VerbMAIL} }},
		{"CommandAsks", func(o *ehlo.ServerOptions) { o.CommandAsks = []ehlo.Verb{1000} }},
		{"MaxMessageOctets", func(o *ehlo.ServerOptions) { o.MaxMessageOctets = 1000 }},
		{"RecipientWindow", func(o *ehlo.ServerOptions) { o.RecipientWindow = 100000 }},
		{"DataEndings", func(o *ehlo.ServerOptions) { o.DataEndings = 9 }},
		{"MaxPathOctets", func(o *ehlo.ServerOptions) { o.MaxPathOctets = 1 }},
	} {
		o := ehlo.DefaultServerOptions()
		one.change(&o)
		_, err := ehlo.NewServerConfig(o)
		expectOption(t, one.want, err)
	}
	for _, one := range []struct {
		want    string
		options ehlo.ClientOptions
	}{
		{"Hostname", ehlo.ClientOptions{Hostname: "no name\r\n"}},
		{"Hostname", ehlo.ClientOptions{Hostname: "a\x00b"}},
		{"Protocol", ehlo.ClientOptions{Protocol: 9}},
		{"DataEndings", ehlo.ClientOptions{DataEndings: 9}},
		{"MaxRecipients", ehlo.ClientOptions{MaxRecipients: 1 << 30}},
		{"CommandOctets", ehlo.ClientOptions{CommandOctets: 1}},
		{"Replies.Octets", ehlo.ClientOptions{Replies: ehlo.ReplyLimits{Octets: 1}}},
		{"MaxAuthLineOctets", ehlo.ClientOptions{MaxAuthLineOctets: 1}},
	} {
		one.options.Hostname = cmp.Or(one.options.Hostname, "client.example")
		_, err := ehlo.NewClientConfig(one.options)
		expectOption(t, one.want, err)
	}
}

func expectOption(t *testing.T, want string, err error) {
	t.Helper()
	var wrong *ehlo.OptionError
	if !errors.Is(err, ehlo.ErrArgument) || !errors.As(err, &wrong) || wrong.Option != want {
		t.Errorf("%s: %v", want, err)
	}
}
