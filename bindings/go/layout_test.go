package ehlo

import "testing"

func TestTypesHaveTheLayoutOfTheLibrary(t *testing.T) {
	for own, theirs := range layouts {
		if own.Size() != theirs.Size() || own.NumField() != theirs.NumField() {
			t.Fatalf("%v has %d octets and %d fields, %v %d and %d", own, own.Size(), own.NumField(), theirs, theirs.Size(),
				theirs.NumField())
		}
		for i := range own.NumField() {
			a, b := own.Field(i), theirs.Field(i)
			if a.Offset != b.Offset || a.Type.Size() != b.Type.Size() {
				t.Errorf("%v.%s is not where %s is", own, a.Name, b.Name)
			}
		}
	}
}
