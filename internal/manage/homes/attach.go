package homes

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

func newHomesAttach(c commands) *cobra.Command {
	var byName, yes bool
	cmd := &cobra.Command{
		Use: "attach ID NAME", Short: "Give a home that is nobody's to somebody",
		Long: `Give a home that is nobody's to somebody, with the files in it. The home that they have
had is nobody's then. None of their servers may run. A home that was packed away is
unpacked. Somebody who has no password yet cannot set one by their first login any more,
since they own files now: set one for them.

With --by-name everybody gets the home that was last a namesake's, after a question: what
'list --offered' shows. It is for people who were made again from a list.`,
		Example: c.Example("attach k3v9x2abcd bob", "attach --by-name"),
		Args: func(_ *cobra.Command, args []string) error {
			if byName && len(args) > 0 || !byName && len(args) != 2 {
				return errors.New("say which home and whose it becomes, ID NAME, or --by-name alone")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := c.Begin(cmd)
			if byName {
				return c.attachByName(ctx, yes)
			}
			return c.attachHome(ctx, args[0], args[1])
		},
	}
	cmd.Flags().BoolVar(&byName, "by-name", false, "everybody whose namesake's home is nobody's")
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (c commands) attachHome(ctx context.Context, id, name string) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	h, err := at.Client.AttachHome(ctx, id, name)
	if err != nil {
		return c.homesFailed(at, err)
	}
	c.Say("✅ The home %s is %s's now", h.ID, name)
	if h.State == client.HomeUnpacking {
		c.Say("⏳ It is being unpacked: atrium homes show %s", h.ID)
	}
	return c.answerHomes([]homeShown{shownHome(h)})
}

// answerHomes is the answer of commands that change homes, for programs.
func (c commands) answerHomes(shown []homeShown) error {
	if !c.JSON {
		return nil
	}
	return c.Answer(shown)
}

func (c commands) attachByName(ctx context.Context, yes bool) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	offered, err := c.homes(ctx, at, client.HomeQuery{Offered: true})
	if err != nil {
		return err
	}
	several := map[string]int{}
	for _, h := range offered {
		several[h.LastOwner]++
	}
	failed := false
	todo := slices.DeleteFunc(offered, func(h homeShown) bool { return several[h.LastOwner] > 1 })
	for name, n := range several {
		if n > 1 {
			failed = true
			c.Complain("❌ %d homes were last of somebody called %s: choose one with atrium homes list --name %s", n, command.Printable(name), command.Printable(name))
		}
	}
	if len(todo) == 0 {
		c.Say("✅ There is no home to give")
		return c.homesEnd(nil, failed)
	}
	if !yes {
		names := make([]string, len(todo))
		for i, h := range todo {
			names[i] = h.LastOwner
		}
		if err := c.Ask(fmt.Sprintf("This gives %d people the files of their namesakes: %s", len(todo), command.FirstFew(names)), fmt.Sprintf("attach %d homes", len(todo))); err != nil {
			return err
		}
	}
	var done []homeShown
	for _, h := range todo {
		now, err := at.Client.AttachHome(ctx, h.ID, h.LastOwner)
		if err := c.homeDone(at, err, "attach "+h.ID+" to "+h.LastOwner); err != nil {
			return err
		}
		if err != nil {
			failed = true
			continue
		}
		c.Say("  ✅ %s: the home %s", command.Printable(h.LastOwner), h.ID)
		done = append(done, shownHome(now))
	}
	return c.homesEnd(done, failed)
}

// homeDone tells of one of many that could not be done; what keeps all of them from being
// done is its error.
func (c commands) homeDone(at *talk.Connection, err error, what string) error {
	if err == nil {
		return nil
	}
	if _, told := errors.AsType[*client.APIError](err); !told || client.IsUnauthorized(err) || client.IsForbidden(err) {
		return c.homesFailed(at, err)
	}
	c.Complain("  ❌ Could not %s: %s", command.Printable(what), command.Printable(talk.ReasonOf(err)))
	return nil
}

func (c commands) homesEnd(done []homeShown, failed bool) error {
	if done == nil {
		done = []homeShown{}
	}
	if err := c.answerHomes(done); err != nil {
		return err
	}
	if failed {
		return &command.StatusError{Status: command.ExitSomeFailed}
	}
	return nil
}

func newHomesDetach(c commands) *cobra.Command {
	return &cobra.Command{
		Use: "detach NAME...", Short: "Take people's homes from them: their next server gets a new one",
		Long: `Take people's homes from them. The homes and their files stay, and are nobody's; the next
server of these people begins with a new, empty one. None of their servers may run.`,
		Example: c.Example("detach bob"),
		Args:    command.Names("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.eachHome(c.Begin(cmd), args, "detach the home of", func(ctx context.Context, at *talk.Connection, name string) (client.Home, error) {
				h, err := at.Client.DetachHome(ctx, name)
				if err == nil {
					c.Say("  ✅ %s's home %s is nobody's now", command.Printable(name), h.ID)
				}
				return h, err
			})
		},
	}
}

// eachHome does one thing after the other.
func (c commands) eachHome(ctx context.Context, args []string, what string, do func(context.Context, *talk.Connection, string) (client.Home, error)) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	var done []homeShown
	failed := false
	for _, arg := range args {
		h, err := do(ctx, at, arg)
		if err := c.homeDone(at, err, what+" "+arg); err != nil {
			return err
		}
		if err != nil {
			failed = true
			continue
		}
		done = append(done, shownHome(h))
	}
	return c.homesEnd(done, failed)
}
