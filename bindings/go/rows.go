package ehlo

// #include "shim.h"
import "C"

import (
	"math/bits"
	"strings"
	"sync"
)

// Row gives what the library knows of the extension, nothing for what is not exactly one.
func (e Extensions) Row() (row ExtensionRow) {
	if bits.OnesCount64(uint64(e)) == 1 {
		row = extensionRow(bits.TrailingZeros64(uint64(e)))
	}
	return row
}

// Row gives what the library knows of the parameter, nothing for ParamUnknown.
func (p ParamID) Row() ParamRow { return paramRow(int(p)) }

// Row gives what the library knows of the verb, nothing for VerbUnknown.
func (v Verb) Row() VerbRow { return verbRow(int(v)) }

// Param gives the row of a parameter, of the program or of the library.
func (r *Rows) Param(id ParamID) ParamRow {
	if i := int(id) - int(ParamOwn); i >= 0 && i < len(r.Params) {
		return r.Params[i]
	}
	return id.Row()
}

// Verb gives the row of a verb, of the program or of the library.
func (r *Rows) Verb(verb Verb) VerbRow {
	if i := int(verb) - int(VerbOwn); i >= 0 && i < len(r.Verbs) {
		return r.Verbs[i]
	}
	return verb.Row()
}

// ParamNamed gives the parameter of a keyword in any case, ParamUnknown if the library knows none.
func ParamNamed(keyword string) (id ParamID) {
	if row := C.ehlo_param_named(chars(keyword), C.size_t(len(keyword))); row != nil {
		id = ParamID(row.id)
	}
	return id
}

// VerbNamed gives the verb of a name in any case, VerbUnknown if the library knows none.
func VerbNamed(name string) (verb Verb) {
	if row := C.ehlo_verb_named(chars(name), C.size_t(len(name))); row != nil {
		verb = Verb(row.id)
	}
	return verb
}

var (
	extensionRow = rowsOf[ExtensionRow](func(id int) *C.ehlo_extension_row { return C.ehlo_extension_info(C.uint32_t(id)) })
	paramRow     = rowsOf[ParamRow](func(id int) *C.ehlo_param_row { return C.ehlo_param_info(C.uint32_t(id)) })
	verbRow      = rowsOf[VerbRow](func(id int) *C.ehlo_verb_row { return C.ehlo_verb_info(C.uint32_t(id)) })
)

// rowsOf reads all rows of the library when the first of them is asked for.
func rowsOf[Own, Theirs any](info func(id int) *Theirs) func(id int) Own {
	read := sync.OnceValue(func() []Own {
		rows := make([]Own, 64) // more than there are of ids
		for id := range rows {
			if row := info(id); row != nil {
				fromLibrary(&rows[id], row)
			}
		}
		return rows
	})
	return func(id int) (row Own) {
		if rows := read(); id < len(rows) {
			row = rows[id]
		}
		return row
	}
}

// WordsOf gives the words that the number of a value stands for, nil where the parameter has none.
func (r *ParamRow) WordsOf(number int64) (words []string) {
	for i, word := range strings.Fields(r.Words) {
		isOne := r.Kind == KindWord && number-r.Least == int64(i)
		if isOne || (r.Kind == KindWords && number>>i&1 != 0) {
			words = append(words, word)
		}
	}
	return words
}

// AppendText appends what a value says: decoded where it is xtext, of ORCPT the address after "type;", else as sent.
func (r *ParamRow) AppendText(dst, value []byte) ([]byte, error) {
	switch r.Kind {
	case KindXtext, KindMailbox:
		return AppendXtextDecoded(dst, value, r.Flags&RowAnyHex != 0)
	case KindCustom:
		return AppendORCPTDecoded(dst, value)
	}
	return append(dst, value...), nil
}
