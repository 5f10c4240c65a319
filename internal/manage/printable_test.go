package manage

import (
	"bytes"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
)

// What a hub says does nothing to the screen.
func TestNothingOfAHubControlsTheTerminal(t *testing.T) {
	var out, talk bytes.Buffer
	c := &console{env: &command.Env{In: strings.NewReader(""), Out: &out, Err: &talk}, ctx: t.Context()}
	name := "ev\x1b[31mil"
	x := &roster.Item{Row: roster.Row{Name: name}, Status: client.StatusCreated, Warnings: []string{"warning of " + name}}
	j := &roster.Job{Items: []*roster.Item{x}}
	r := &reporter{c: c, told: createTold(true), warnings: map[string][]string{}}
	r.Done(x)
	r.summary(j)
	c.planLines(j, createTold(true))
	_ = c.ask("This deletes "+command.FirstFew([]string{name}), "delete 1 user")
	if said := out.String() + talk.String(); strings.Contains(said, "\x1b") || strings.Count(said, "il") < 5 {
		t.Errorf("it says %q", said)
	}
}
