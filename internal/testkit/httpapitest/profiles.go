package httpapitest

import (
	"context"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
)

// Classroom gives the hub profiles of a course: small for everybody, lab for the group cs101 and whoever is
// called guest, with a size of which two is for tutors, and a branch for which tutors may give a text, and
// staff for the group staff. old was followed by lab.
func Classroom(t testing.TB) Option {
	t.Helper()
	one := func(value string) profiles.Settings {
		return profiles.Settings{Environment: map[string]*string{"CHOSEN": &value}}
	}
	dear := one("one")
	dear.Rate = 3
	tutors := profiles.Audience{Groups: []string{"tutors"}}
	set, faults := profiles.New([]profiles.Profile{
		{Slug: "small", Name: "Small machine", Description: "For everybody", Icon: "🐍", Sets: one("small")},
		{
			Slug: "lab", Name: "Lab of CS101", For: profiles.Audience{Groups: []string{"cs101"}, Users: []string{"guest"}},
			Sets: profiles.Settings{Accelerator: "phx"},
			Options: []profiles.Option{
				{Key: "size", Name: "Size", Choices: []profiles.Choice{
					{Key: "one", Name: "One core", Sets: dear},
					{Key: "two", Name: "Two cores", Default: true, For: tutors, Sets: one("two")},
				}},
				{Key: "branch", Name: "Branch", Choices: []profiles.Choice{{Key: "main", Name: "Main"}}, Unlisted: &profiles.Unlisted{
					Name: "Its name", Pattern: "[a-z]+", Mismatch: "Small letters only.", For: tutors, Sets: one("branch {value}"),
				}},
			},
		},
		{Slug: "old", Successor: "lab"},
		{Slug: "staff", Name: "Staff machine", For: profiles.Audience{Groups: []string{"staff"}}, Sets: one("staff")},
	})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return func(c *app.Config, _ *httpapi.Options) { c.Profiles = set }
}

// Group makes a group of people.
func (h *Hub) Group(name string, members ...hub.User) {
	h.T.Helper()
	h.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.CreateGroup(ctx, name)
		if err != nil {
			return err
		}
		ids := make([]int64, len(members))
		for i, u := range members {
			ids[i] = u.ID
		}
		return tx.AddMembers(ctx, g.ID, ids)
	})
}
