package ehlo

// #include "shim.h"
import "C"

import (
	"cmp"
	"reflect"
	"runtime"
	"strings"
	"unsafe"
)

// pins keep in its place what structs of the library point to, until Unpin.
type pins struct{ runtime.Pinner }

// view gives the octets of a text, which are there even if there are none.
func (p *pins) view(text string) *C.char {
	octets := chars(cmp.Or(text, "\x00"))
	p.Pin(octets)
	return octets
}

// text gives a text with the NUL that ends it; nil for "".
func (p *pins) text(text string) *C.char {
	if text == "" {
		return nil
	}
	return p.view(text + "\x00")
}

// goName gives the name of a field of the library as Go has it: MaxLineOctets for max_line_octets.
func goName(name string) string {
	if name == "id" {
		return "ID"
	}
	words := strings.FieldsFunc(strings.ReplaceAll(name, ".", "_._"), func(letter rune) bool { return letter == '_' })
	for i, word := range words {
		words[i] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// fieldOf gives a field of a struct of the library. Reflection alone does not write to names in lower case.
func fieldOf(library reflect.Value, name string) (field reflect.Value) {
	if field = library.FieldByName(name); field.IsValid() {
		field = reflect.NewAt(field.Type(), field.Addr().UnsafePointer()).Elem()
	}
	return field
}

// eachField calls with each field of a struct of the library and that of a struct of ours that has its name.
func eachField(library, ours reflect.Value, call func(name string, theirs, own reflect.Value)) {
	for i := range library.NumField() {
		name := library.Type().Field(i).Name
		if own := ours.FieldByName(goName(name)); own.IsValid() {
			call(name, fieldOf(library, name), own)
		}
	}
}

// fromLibrary fills a struct of ours.
func fromLibrary(ours, library any) {
	eachField(reflect.ValueOf(library).Elem(), reflect.ValueOf(ours).Elem(), func(_ string, theirs, own reflect.Value) {
		switch {
		case own.Kind() == reflect.String:
			own.SetString(C.GoString((*C.char)(theirs.UnsafePointer())))
		case own.Kind() == reflect.Bool:
			own.SetBool(!theirs.IsZero())
		case own.CanUint():
			own.SetUint(theirs.Uint())
		case own.CanInt() && theirs.CanUint():
			own.SetInt(int64(theirs.Uint()))
		case own.CanInt():
			own.SetInt(theirs.Int())
		}
	})
}

// fill fills a struct of the library, which points to what is pinned; what is zero leaves what is there where `keep` says
// so. *OptionError: a text that C cannot have.
func (p *pins) fill(library, ours any, keep bool) error {
	return p.fillValue(reflect.ValueOf(library).Elem(), reflect.ValueOf(ours).Elem(), keep)
}

func (p *pins) fillValue(library, ours reflect.Value, keep bool) (err error) {
	eachField(library, ours, func(name string, theirs, own reflect.Value) {
		inner := func(theirs, own reflect.Value) {
			if p.fillValue(theirs, own, keep) != nil {
				err = &OptionError{goName(name)}
			}
		}
		switch {
		case keep && own.IsZero():
		case own.Kind() == reflect.String && strings.Contains(own.String(), "\x00"):
			err = &OptionError{goName(name)}
		case own.Kind() == reflect.String:
			theirs.Set(reflect.ValueOf(p.text(own.String())))
		case own.Kind() == reflect.Slice && theirs.CanUint(): // a set of small numbers
			bits := uint64(0)
			for i := range own.Len() {
				bits |= 1 << min(own.Index(i).Uint(), 63)
			}
			theirs.SetUint(bits)
		case own.Kind() == reflect.Slice && own.Len() != 0:
			list := reflect.MakeSlice(reflect.SliceOf(theirs.Type().Elem()), own.Len(), own.Len())
			for i := range own.Len() {
				inner(list.Index(i), own.Index(i))
			}
			p.Pin(list.UnsafePointer())
			theirs.Set(list.Index(0).Addr())
			fieldOf(library, strings.TrimSuffix(name, "s")+"_size").SetUint(uint64(list.Index(0).Type().Size()))
			fieldOf(library, strings.TrimSuffix(name, "s")+"_count").SetUint(uint64(own.Len()))
		case own.Kind() == reflect.Pointer && !own.IsNil():
			one := reflect.New(theirs.Type().Elem())
			inner(one.Elem(), own.Elem())
			p.Pin(one.UnsafePointer())
			theirs.Set(one)
		case own.Kind() == reflect.Struct:
			inner(theirs, own)
		case own.CanUint():
			theirs.SetUint(own.Uint())
		case own.CanInt():
			theirs.SetInt(own.Int())
		}
	})
	return err
}

// params gives parameters as the library takes them.
func (p *pins) params(params []ParamText) (*C.ehlo_param_text, C.size_t) {
	if len(params) == 0 {
		return nil, 0
	}
	list := make([]C.ehlo_param_text, len(params))
	p.Pin(&list[0])
	for i, param := range params {
		list[i].keyword, list[i].keyword_length = p.view(param.Keyword), C.size_t(len(param.Keyword))
		if param.HasValue {
			list[i].value, list[i].value_length = p.view(param.Value), C.size_t(len(param.Value))
		}
	}
	return &list[0], C.size_t(len(list))
}

// first gives the elements of a list as those of the library that they are.
func first[Theirs, Own any](list []Own) *Theirs {
	return (*Theirs)(unsafe.Pointer(unsafe.SliceData(list)))
}
