package usage

import (
	"strings"
	"testing"

	"github.com/atriumhub/atrium/client"
)

func TestTables(t *testing.T) {
	for by, want := range map[client.UsageTable]string{
		client.UsageDays:   "2026-01-31                            1.5          2",
		client.UsageGroups: "cs101                                 1.5          2",
		client.UsageUsers:  "b\ufffdob                                  1.5",
	} {
		u := client.Used{Seconds: 5400, People: 2}
		switch by {
		case client.UsageDays:
			u.Day = "2026-01-31"
		case client.UsageGroups:
			u.Name = "cs101"
		case client.UsageUsers:
			u.Name, u.People = "b\x1bob", 0
		}
		var out strings.Builder
		writeTable(&out, by, []client.Used{u})
		if lines := strings.Split(out.String(), "\n"); lines[2] != want {
			t.Errorf("%s:\n%s\nwant %q", by, out.String(), want)
		}
		if sum := strings.Contains(out.String(), "All  "); sum != (by == client.UsageDays) {
			t.Errorf("%s: a sum: %t", by, sum)
		}
	}
	var out strings.Builder
	writeTable(&out, client.UsageDays, nil)
	if out.String() != "Nothing ran\n" {
		t.Error(out.String())
	}
}
