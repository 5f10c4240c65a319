package users

import (
	"bytes"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/jobs"
	"github.com/atriumhub/atrium/internal/manage/roster"
)

// What a hub says does nothing to the screen.
func TestNothingOfAHubControlsTheTerminal(t *testing.T) {
	var out, talk bytes.Buffer
	c := commands{jobs.NewRunner(&command.Env{In: strings.NewReader(""), Out: &out, Err: &talk}, "")}
	c.Ctx = t.Context()
	name := "ev\x1b[31mil"
	x := &roster.Item{Row: roster.Row{Name: name}, Status: client.StatusCreated, Warnings: []string{"warning of " + name}}
	j := &roster.Job{Items: []*roster.Item{x}}
	r := c.Reporter(createTold(true))
	r.Done(x)
	_ = c.Ended(r, j, nil, nil)
	_ = c.CarryOut(j, createTold(true), jobs.PlanFlags{DryRun: true}, nil, nil)
	_ = c.Ask("This deletes "+command.FirstFew([]string{name}), "delete 1 user")
	if said := out.String() + talk.String(); strings.Contains(said, "\x1b") || strings.Count(said, "il") < 5 {
		t.Errorf("it says %q", said)
	}
}
