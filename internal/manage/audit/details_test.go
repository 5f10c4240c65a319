package audit

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/atriumhub/atrium/client"
)

// The table says which group and which role, and what else changed.
func TestAuditTableSaysWhichGroupAndRole(t *testing.T) {
	var text bytes.Buffer
	table := &auditTable{out: bufio.NewWriter(&text)}
	for _, e := range []struct{ action, name, before, after string }{
		{"group.add_member", "ada", "null", `{"group": "cs101"}`},
		{"role.grant", "ben", "null", `{"role": "grader"}`},
		{"user.change", "cleo", `{"admin": false, "name": "cleo"}`, `{"admin": true, "name": "cleo"}`},
		{"user.delete", "dan", `{"groups": ["a", "b"], "roles": [], "note": ""}`, "null"},
		{"group.change", "cs101", `{"room": {"floor": 1}}`, `{"room": {"floor": 2}, "x\u001b[2J": 1}`},
		{"user.claim", "eve", "null", "null"},
	} {
		err := table.entry(client.AuditEntry{
			At: time.Date(2026, 1, 13, 8, 30, 12, 0, time.UTC), Actor: client.AuditParty{Kind: "user", Name: "teacher01"}, Action: e.action,
			Target: client.AuditParty{Kind: strings.SplitN(e.action, ".", 2)[0], Name: e.name}, Before: json.RawMessage(e.before), After: json.RawMessage(e.after),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := table.out.Flush(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(text.String()) {
		_, rest, _ := strings.Cut(strings.Join(strings.Fields(line), " "), "teacher01 ")
		got = append(got, rest)
	}
	want := []string{
		"", "", "group.add_member group ada group cs101", "role.grant role ben role grader", "user.change user cleo admin false → true",
		"user.delete user dan groups a;b", `group.change group cs101 room {"floor":1} → {"floor":2}, x�[2J 1`, "user.claim user eve",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the table is\n%s", text.String())
	}
}

func TestAuditDetailsAreShort(t *testing.T) {
	long, _ := json.Marshal(map[string]string{"a": strings.Repeat("ä", 1000), "b": strings.Repeat("b", 1000), "c": strings.Repeat("c", 1000)})
	got := details(nil, long)
	if n := utf8.RuneCountInString(got); n > maxAuditDetails || !strings.HasSuffix(got, "…") {
		t.Errorf("%d characters: %s", n, got)
	}
}
