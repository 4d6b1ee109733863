package ehlo_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	ehlo "github.com/libehlo/libehlo/bindings/go"
)

func TestRowsSayWhatTheLibraryKnows(t *testing.T) {
	body, auth := ehlo.ParamBODY.Row(), ehlo.ParamAUTH.Row()
	if body.ID != ehlo.ParamBODY || body.Keyword != "BODY" || body.Extensions != "8BITMIME BINARYMIME" ||
		body.Kind != ehlo.KindWord || !slices.Equal(body.WordsOf(1), []string{"8BITMIME"}) || body.WordsOf(9) != nil {
		t.Errorf("%+v", body)
	}
	if auth.Kind != ehlo.KindMailbox || auth.Flags&ehlo.RowFixed == 0 || auth.Most != 500 || auth.WordsOf(0) != nil {
		t.Errorf("%+v", auth)
	}
	vrfy := ehlo.VerbVRFY.Row()
	if vrfy.Name != "VRFY" || vrfy.YesCode != 252 || vrfy.YesText == "" || vrfy.NoEnhanced.String() != "4.3.0" ||
		vrfy.Argument != ehlo.ArgumentText || vrfy.Flags&ehlo.CommandSession != 0 {
		t.Errorf("%+v", vrfy)
	}
	if row := ehlo.ExtREQUIRETLS.Row(); row.Keyword != "REQUIRETLS" || row.Flags != ehlo.ExtensionTLSOnly {
		t.Errorf("%+v", row)
	}
	if (ehlo.ExtSIZE|ehlo.ExtDSN).Row().Keyword != "" || ehlo.Verb(1000).Row().Name != "" || ehlo.ParamUnknown.Row().Keyword != "" {
		t.Error("something is known of what is nothing")
	}
	if ehlo.ParamNamed("envid") != ehlo.ParamENVID || ehlo.ParamNamed("XOWN") != ehlo.ParamUnknown ||
		ehlo.VerbNamed("rset") != ehlo.VerbRSET || ehlo.VerbNamed("") != ehlo.VerbUnknown {
		t.Error("a name is not known")
	}
}

// ownParams are rows of a program, and a value for each that is good, what it says, and one that is bad. That each kind is
// read and written as it should be the tests of the library hold: these rows have each field.
var ownParams = []struct {
	row       ehlo.ParamRow
	good      string
	number    int64
	text, bad string
}{
	{ehlo.ParamRow{Keyword: "XNUMBER", Kind: ehlo.KindNumber, Least: -9, Most: 9}, "-3", -3, "-3", "10"},
	{ehlo.ParamRow{Keyword: "XWORD", Kind: ehlo.KindWord, Words: "LOW HIGH", Least: 1}, "high", 2, "HIGH", "HIG"},
	{ehlo.ParamRow{Keyword: "XWORDS", Kind: ehlo.KindWords, Words: "NO A B", Flags: ehlo.RowFirstAlone}, "B,a", 6, "A B", "NO,A"},
	{ehlo.ParamRow{Keyword: "XMAILBOX", Kind: ehlo.KindMailbox, Most: 500}, "a+2Bb@c.example", 0, "a+b@c.example", "a"},
	{ehlo.ParamRow{Keyword: "XDATE", Kind: ehlo.KindDate, Flags: ehlo.RowUTCOnly}, "1970-01-01T00:01:00Z", 60,
		"1970-01-01T00:01:00Z", "1970-01-01T00:01:00+01:00"},
}

// ownRows has them all, of an extension of its own, and a verb for each kind of argument.
func ownRows() *ehlo.Rows {
	rows := &ehlo.Rows{Extensions: []ehlo.ExtensionRow{{Keyword: "XOWN", Arguments: "1 2"}}}
	for _, one := range ownParams {
		one.row.Extensions, one.row.Commands, one.row.Value = "XOWN", ehlo.ParamOfMAIL|ehlo.ParamOfRCPT, ehlo.ValueRequired
		one.row.Octets = 100
		rows.Params = append(rows.Params, one.row)
	}
	for _, one := range ownVerbs {
		rows.Verbs = append(rows.Verbs, ehlo.VerbRow{Name: one.name, Extensions: "XOWN", Argument: one.argument,
			Flags: ehlo.CommandSMTP | ehlo.CommandAnyTime, YesCode: 250, YesText: "yes to " + one.name})
	}
	return rows
}

var ownVerbs = []struct {
	name      string
	argument  ehlo.Argument
	good, bad string
}{
	{"XNONE", ehlo.ArgumentNone, "", "a"},
	{"XTEXT", ehlo.ArgumentText, "a b", ""},
	{"XHOST", ehlo.ArgumentHost, "a.example", "a_b"},
	{"XPATH", ehlo.ArgumentPath, "FROM:<a@b.example>", "FROM:a"},
	{"XATTRIBUTES", ehlo.ArgumentAttributes, "NAME=a+2Bb", "NAME"},
}

// only gives the one event of a line, and that the parser reads the line in the same way.
func (d *driver) only(line string, rows *ehlo.Rows) *ehlo.ServerEvent {
	d.t.Helper()
	if d.advance(line, nil); len(d.batch.Events) != 1 {
		d.t.Fatalf("%q: %d events", line, len(d.batch.Events))
	}
	event := &d.batch.Events[0]
	command, err := ehlo.ParseCommand([]byte(line), ehlo.ParseOptions{Rows: rows}, nil)
	if (err == nil) != (event.ID != 0) || (err != nil && !errors.Is(err, event.Err)) {
		d.t.Errorf("%q: %v, parsed alone: %v", line, event.Err, err)
	}
	if err == nil && (command.Verb != event.Verb || command.Number != event.Number || !slices.Equal(command.Params, d.batch.Params(event))) {
		d.t.Errorf("%q: %+v, parsed alone: %+v", line, event, command)
	}
	return event
}

func TestRowsOfTheProgramAreServed(t *testing.T) {
	rows := ownRows()
	d := newDriver(t, func(o *ehlo.ServerOptions) { o.Rows = rows })
	if !strings.Contains(string(d.replies), "250 XOWN 1 2\r\n") {
		t.Errorf("%q", d.replies)
	}
	for i, one := range ownParams {
		id := ehlo.ParamOwn + ehlo.ParamID(i)
		row := rows.Param(id)
		line := "MAIL FROM:<> " + row.Keyword + "=" + one.good + "\r\n"
		event := d.only(line, rows)
		param := d.batch.Param(event, id)
		if param == nil || param.Number != one.number {
			t.Fatalf("%q: %+v, %+v", line, event, param)
		}
		text, err := row.AppendText(nil, param.Value.In([]byte(line)))
		if words := row.WordsOf(param.Number); words != nil {
			text = []byte(strings.Join(words, " "))
		}
		if err != nil || string(text) != one.text {
			t.Errorf("%q says %q, %v", line, text, err)
		}
		d.batch.Accept(event.ID)
		d.feed([]byte("RSET\r\n"))
		if event := d.only("MAIL FROM:<> "+row.Keyword+"="+one.bad+"\r\n", rows); event.Err != ehlo.ErrBadParameter {
			t.Errorf("%s=%s: %v", row.Keyword, one.bad, event.Err)
		}
		d.feed(nil)
	}
	for i, one := range ownVerbs {
		line, verb := strings.TrimSuffix(one.name+" "+one.good, " ")+"\r\n", ehlo.VerbOwn+ehlo.Verb(i)
		event := d.only(line, rows)
		if event.Type != ehlo.ServerEventCommand || event.Verb != verb || event.Response.Text([]byte(line)) != one.name {
			t.Errorf("%q: %+v", line, event)
		}
		d.batch.Accept(event.ID)
		if got := d.advance("", d.out); got != "250 2.0.0 yes to "+rows.Verb(verb).Name+"\r\n" {
			t.Errorf("%q gets %q", line, got)
		}
		line = strings.TrimSuffix(one.name+" "+one.bad, " ") + "\r\n"
		if event := d.only(line, rows); event.Type != ehlo.ServerEventRejected {
			t.Errorf("%q: %v", line, event.Type)
		}
		d.feed(nil)
	}
	if rows.Verb(ehlo.VerbNOOP).Name != "NOOP" || rows.Param(ehlo.ParamSIZE).Keyword != "SIZE" {
		t.Error("rows of the library are not known")
	}
	rows.Verbs[0].Name = "X\x00"
	if _, err := ehlo.ParseCommand([]byte("NOOP\r\n"), ehlo.ParseOptions{Rows: rows}, nil); !errors.Is(err, ehlo.ErrArgument) {
		t.Errorf("a row with a NUL: %v", err)
	}
}

func TestRowsOfTheProgramAreSent(t *testing.T) {
	o := ehlo.ClientOptions{Hostname: "client.example", Rows: ownRows()}
	config, err := ehlo.NewClientConfig(o)
	check(t, err)
	d := talkTo(t, "250-mx.example\r\n250 XOWN\r\n", o)
	for i, one := range ownParams {
		keyword := o.Rows.Params[i].Keyword
		if err := d.client.Mail("a@client.example", ehlo.Value(keyword, one.bad)); err != ehlo.ErrArgument {
			t.Errorf("%s=%s: %v", keyword, one.bad, err)
		}
		options := ehlo.EnvelopeOptions{Params: []ehlo.ParamText{ehlo.Value(keyword, one.bad)}, Config: config}
		if _, err := ehlo.NewEnvelope(options); err != ehlo.ErrArgument {
			t.Errorf("an envelope with %s=%s: %v", keyword, one.bad, err)
		}
		err := d.client.Mail("a@client.example", ehlo.Value(keyword, one.good))
		if want := "MAIL FROM:<a@client.example> " + keyword + "=" + one.good + "\r\n"; err != nil || d.sent() != want {
			t.Errorf("%s=%s: %v", keyword, one.good, err)
		}
		d.hear("550 no\r\n")
	}
	for i, one := range ownVerbs {
		if err := d.client.Command(one.name, one.bad, 0); err != ehlo.ErrArgument {
			t.Errorf("%s %s: %v", one.name, one.bad, err)
		}
		err := d.client.Command(one.name, one.good, 0)
		if sent := d.sent(); err != nil || sent != strings.TrimSuffix(one.name+" "+one.good, " ")+"\r\n" {
			t.Errorf("%s %s: %q, %v", one.name, one.good, sent, err)
		}
		if d.hear("250 ok\r\n"); d.batch.Events[0].Verb != ehlo.VerbOwn+ehlo.Verb(i) {
			t.Errorf("%s: the reply is to %v", one.name, d.batch.Events[0].Verb)
		}
	}
	lacking := talkTo(t, "250 mx.example\r\n", o)
	if err := lacking.client.Command("XNONE", "", 0); err != ehlo.ErrNotOffered {
		t.Errorf("a verb whose extension is not announced: %v", err)
	}
	config.Close()
	if _, err := ehlo.NewEnvelope(ehlo.EnvelopeOptions{Config: config}); err != ehlo.ErrState {
		t.Errorf("an envelope with a closed configuration: %v", err)
	}
}
