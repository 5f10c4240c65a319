package roster

import (
	"fmt"
	"slices"
	"testing"
)

// Some people are asked for by name; more than an address holds are found in the list of all.
func TestFewAreAskedForByName(t *testing.T) {
	var class, university []string
	for i := range 1000 {
		university = append(university, fmt.Sprint("student", i))
	}
	class = university[:100]
	if got := few(class); !slices.Equal(got, class) {
		t.Errorf("a class: %v", got)
	}
	if got := few(university); got != nil {
		t.Errorf("a university: %v", got)
	}
}
