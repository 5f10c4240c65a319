package migrations

import (
	"io/fs"
	"slices"
	"testing"

	"github.com/pressly/goose/v3"
)

// TestMigrationsAreNumberedUpwards shows that no migration is added below the highest one, which
// databases that have that one would refuse. 12 was never given, and never will be.
func TestMigrationsAreNumberedUpwards(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int64
	for _, file := range names {
		n, err := goose.NumericComponent(file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		numbers = append(numbers, n)
	}
	if gaps := gapsIn(numbers); !slices.Equal(gaps, []int64{12}) {
		t.Errorf("the numbers that no migration has below the highest are %v, want 12 alone: give a new one the number after the highest", gaps)
	}
}

// gapsIn are the numbers from 1 up to the last that are not in the list, which ascends.
func gapsIn(list []int64) (gaps []int64) {
	for n := int64(1); n < list[len(list)-1]; n++ {
		if !slices.Contains(list, n) {
			gaps = append(gaps, n)
		}
	}
	return gaps
}
