package homes

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

func newHomesArchive(c commands) *cobra.Command {
	var unowned, yes, wait bool
	var older string
	cmd := &cobra.Command{
		Use: "archive [ID...]", Short: "Pack homes that are nobody's into archives",
		Long: `Pack homes that are nobody's into files (tar, compressed) beside the homes, and remove
their folders then. 'attach' brings them back. What to do with the archives in the long
run is the operator's choice: 'show' tells where they are.

With --unowned it is all that are nobody's, after a question; --older only those whose
owner, or state, last changed before that time.`,
		Example: c.Example("archive k3v9x2abcd --wait", "archive --unowned --older 180d"),
		Args: func(_ *cobra.Command, args []string) error {
			if unowned == (len(args) > 0) {
				return errors.New("say which homes, by ID, or --unowned")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := c.Begin(cmd)
			if unowned {
				var err error
				if args, err = c.toArchive(ctx, older, yes); err != nil || len(args) == 0 {
					return err
				}
			}
			return c.archiveHomes(ctx, args, wait)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&unowned, "unowned", false, "all homes that are nobody's")
	flags.StringVar(&older, "older", "", "with --unowned: only those unchanged since this `time`: 2026-01-31, or 180d ago")
	flags.BoolVarP(&yes, "yes", "y", false, "do not ask")
	flags.BoolVar(&wait, "wait", false, "wait until they are packed")
	return cmd
}

// toArchive finds the homes that are nobody's, and asks.
func (c commands) toArchive(ctx context.Context, older string, yes bool) ([]string, error) {
	before, err := olderThan(older)
	if err != nil {
		return nil, err
	}
	at, err := c.Connect(ctx)
	if err != nil {
		return nil, err
	}
	var ids, names []string
	for h, err := range at.Client.Homes(ctx, client.HomeQuery{Unowned: true}) {
		if err != nil {
			return nil, c.homesFailed(at, err)
		}
		if h.State == client.HomeThere && (before.IsZero() || h.Changed.Before(before)) {
			ids, names = append(ids, h.ID), append(names, shownHome(h).whose())
		}
	}
	if len(ids) == 0 {
		c.Say("✅ There is no home to pack")
		return nil, c.homesEnd(nil, false)
	}
	if yes {
		return ids, nil
	}
	return ids, c.Ask(fmt.Sprintf("This packs %d homes and removes their folders: %s", len(ids), command.FirstFew(names)), fmt.Sprintf("archive %d homes", len(ids)))
}

func (c commands) archiveHomes(ctx context.Context, ids []string, wait bool) error {
	return c.eachHome(ctx, ids, "archive", func(ctx context.Context, at *talk.Connection, id string) (client.Home, error) {
		h, err := at.Client.ArchiveHome(ctx, id)
		if err == nil && wait {
			h, err = c.awaitPacked(ctx, at, h)
		}
		switch {
		case err != nil:
		case h.Problem != "":
			c.Complain("  ❌ %s could not be packed: %s", h.ID, command.Printable(h.Problem))
		case h.State == client.HomeArchived:
			c.Say("  ✅ Packed: %s", command.Printable(h.Archive))
		default:
			c.Say("  ⏳ %s is being packed: atrium homes show %s", h.ID, h.ID)
		}
		return h, err
	})
}

// olderThan reads --older; the zero time for none.
func olderThan(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	before, err := talk.ParseMoment(text, hub.SystemClock())
	if err != nil {
		return before, &command.UsageError{Err: fmt.Errorf("--older %w", err)}
	}
	return before, nil
}

// awaitPacked waits until a home is packed, or could not be.
func (c commands) awaitPacked(ctx context.Context, at *talk.Connection, h client.Home) (client.Home, error) {
	for pause := 100 * time.Millisecond; h.State == client.HomeArchiving; pause = min(2*pause, 2*time.Second) {
		err := hub.Sleep(ctx, pause)
		if err != nil {
			return h, err
		}
		if h, err = at.Client.Home(ctx, h.ID); err != nil {
			return h, err
		}
	}
	return h, nil
}
