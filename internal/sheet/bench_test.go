package sheet_test

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/atriumhub/atrium/internal/sheet"
)

const benchRows = 100_000

// One turn is a file of 100,000 rows and four columns.
func BenchmarkWrite(b *testing.B) {
	for _, name := range []string{"x.csv", "x.xlsx"} {
		b.Run(name[2:], func(b *testing.B) {
			path := filepath.Join(b.TempDir(), name)
			b.ReportAllocs()
			for b.Loop() {
				fill(b, path)
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for _, name := range []string{"x.csv", "x.xlsx"} {
		b.Run(name[2:], func(b *testing.B) {
			path := filepath.Join(b.TempDir(), name)
			fill(b, path)
			b.ReportAllocs()
			for b.Loop() {
				r, err := sheet.Open(b.Context(), path, sheet.Options{})
				if err != nil {
					b.Fatal(err)
				}
				rows := 0
				for ; err == nil; rows++ {
					_, err = r.Next(b.Context())
				}
				if rows--; !errors.Is(err, io.EOF) || rows != benchRows {
					b.Fatal(rows, err)
				}
				_ = r.Close()
			}
		})
	}
}

func fill(b *testing.B, path string) {
	w, err := sheet.Create(path, sheet.CreateOptions{})
	if err != nil {
		b.Fatal(err)
	}
	defer w.Abort()
	err = w.Write("username", "admin", "groups", "password")
	for i := 0; i < benchRows && err == nil; i++ {
		err = w.Write(fmt.Sprintf("student%06d", i), "false", "physics;chemistry", fmt.Sprintf("pass-%d-word", i*7919))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
}
