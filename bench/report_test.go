package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func aReport() *report {
	r := &report{Date: "2026-01-02", Machine: "a machine", Versions: []string{"one 1", "two 2"}, Command: "make bench", Rounds: 3, Length: "3s"}
	r.compare(comparison{
		Row: rowUser, Work: "work", Unit: perSecond, Bar: 20, CPUBar: 40,
		Ours: []sample{{Value: 4000, CPU: 0.0001}}, Theirs: []sample{{Value: 100, CPU: 0.004}},
	})
	r.compare(comparison{Row: rowCreate, Work: "made", Note: "once", Unit: seconds, Less: true, Bar: 50, Ours: []sample{{Value: 1}}, Theirs: []sample{{Value: 20}}})
	r.compare(comparison{Row: rowSmall, Work: "small", Unit: perSecond, Other: "nginx", Bar: 0.65, Ours: []sample{{Value: 7}}, Theirs: []sample{{Value: 10}}})
	r.fact(fact{Row: rowMore, Work: "more", Value: 0.02, Unit: milliseconds, AtMost: 0.01})
	r.fact(fact{Row: rowStart, Work: "start", Value: 1.5, Unit: seconds})
	r.skip("nothing")
	return r
}

func TestMarkdown(t *testing.T) {
	_, got, _ := strings.Cut(aReport().markdown(), "\n2026-01-02")
	want := `, on a machine:

- one 1
- two 2

## Beside JupyterHub

| Work | Atrium | JupyterHub | Ratio | At least | Processor time: Atrium | JupyterHub | Ratio | At least | Reached |
| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| work | 4,000/s | 100/s | 40.0× | 20× | 100 µs | 4.00 ms | 40.0× | 40× | yes |
| made (once) | 1.00 s | 20.0 s | 20.0× | 50× | – | – | – | – | **no** |

## Beside nginx

| Work | Atrium | nginx | Ratio | At least | Processor time: Atrium | nginx | Ratio | At least | Reached |
| :--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| small | 7.00/s | 10.0/s | 0.700× | 0.65× | – | – | – | – | yes |

## Atrium alone

| What | Figure | At most | Reached |
| :--- | ---: | ---: | ---: |
| more | 20.0 ms | 10.0 ms | **no** |
| start | 1.50 s | – | – |

## Not measured

- nothing
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNotesStay(t *testing.T) {
	dir := t.TempDir()
	document, figures := filepath.Join(dir, "performance.md"), filepath.Join(dir, "figures.json")
	if err := aReport().save(document, figures); err != nil {
		t.Fatal(err)
	}
	made := read(t, document)
	if !strings.HasSuffix(made, "\n"+byHand) || !strings.Contains(read(t, figures), `"cpu_bar": 40`) {
		t.Errorf("the document is %q, the figures %q", made, read(t, figures))
	}
	const notes = "\n## Notes\n\nThese are somebody's.\n"
	if err := os.WriteFile(document, []byte("# An old table\n"+byHand+notes), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := aReport().save(document, ""); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(made+notes, read(t, document)); diff != "" {
		t.Error(diff)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
