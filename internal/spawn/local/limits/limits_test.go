package limits

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
)

// What is not held is said, with the reason; nothing is dropped in silence.
func TestLimitsThatCannotBeHeldAreNamed(t *testing.T) {
	l := hub.Limits{Memory: 2 << 30, CPU: 1.5, Processes: 200}
	p := PlanFor(l, nil, "the machine has none", false)
	var keys []string
	for _, text := range p.Unenforced {
		key, _, _ := strings.Cut(text, ":")
		keys = append(keys, key)
	}
	if diff := cmp.Diff([]string{"memory", "cpu", "processes"}, keys); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(p.Unenforced[1], "the machine has none") {
		t.Errorf("no reason: %s", p.Unenforced[1])
	}
	if p := PlanFor(l, nil, "", true); len(p.Unenforced) != 2 {
		t.Errorf("with a user id for each person, processes can be counted: %q", p.Unenforced)
	}
	if p := PlanFor(hub.Limits{}, nil, "", true); len(p.Unenforced)+len(p.Enforced)+len(p.Late) != 0 {
		t.Errorf("without limits: %+v", p)
	}
}

func TestSizesForPeople(t *testing.T) {
	for n, want := range map[int64]string{100: "100 B", 512 << 20: "512 MiB", 3 << 29: "1.5 GiB", 2 << 40: "2 TiB"} {
		if got := sizeText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
