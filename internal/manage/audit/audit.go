package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// commands is 'atrium audit', on its console.
type commands struct{ *talk.Console }

type auditFlags struct {
	client.AuditQuery
	since, until string
	limit        int
}

// New is 'atrium audit'.
func New(e *command.Env) *cobra.Command {
	c := commands{talk.New(e, "atrium audit")}
	f := auditFlags{}
	cmd := &cobra.Command{
		Use: "audit", Short: "Read the record of what was changed on the hub, and by whom",
		Long: `Read the record of what was changed on the hub, newest first: when, by whom, what, to
whom or what, and what changed: which group, which role. --json also has from where, and
all that was there before and after.

What filters are given must all hold. Times without a zone are UTC. The hub must be
Atrium, which asks for the scope read:audit.

The hub and the token come from where 'atrium users' has them.`,
		Example: c.Example("--since 7d", "--actor teacher01 --since 2026-01-01 --until 2026-02-01", "--action user.delete --limit 0", "--target-kind user --target alice --json"),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.audit(c.Begin(cmd), f) },
	}
	c.AddFlags(cmd.Flags())
	flags := cmd.Flags()
	flags.StringVar(&f.Actor, "actor", "", "the `name` of who did it")
	flags.StringVar(&f.Action, "action", "", "what was done, such as `user.create`, or user. for all with users")
	flags.StringVar(&f.Target, "target", "", "the `name` of what it was done to")
	flags.StringVar(&f.TargetKind, "target-kind", "", "the `kind` of what it was done to: user, group, server, service or hub")
	flags.StringVar(&f.since, "since", "", "from this `time` on: 2026-01-31, 2026-01-31T08:00:00Z, or 7d ago")
	flags.StringVar(&f.until, "until", "", "before this `time`")
	flags.StringVar(&f.RequestID, "request-id", "", "of one request, by the `id` that the hub's log and errors have")
	flags.IntVar(&f.limit, "limit", 100, "at most so `many`; 0 is all")
	return cmd
}

// query is what the hub is asked for.
func (f *auditFlags) query(now time.Time) (client.AuditQuery, error) {
	q := f.AuditQuery
	for _, x := range []struct {
		flag, text string
		into       *time.Time
	}{{"--since", f.since, &q.Since}, {"--until", f.until, &q.Until}} {
		if x.text == "" {
			continue
		}
		at, err := talk.ParseMoment(x.text, now)
		if err != nil {
			return q, fmt.Errorf("%s %w", x.flag, err)
		}
		*x.into = at
	}
	if f.limit < 0 {
		return q, errors.New("--limit must not be negative")
	}
	const page = 200
	if f.limit > 0 {
		q.PageSize = min(f.limit, page)
	}
	return q, nil
}

func (c commands) audit(ctx context.Context, f auditFlags) error {
	q, err := f.query(hub.SystemClock())
	if err != nil {
		return &command.UsageError{Err: err}
	}
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(c.Env.Out)
	w := auditWriter(&auditTable{out: out})
	if c.JSON {
		w = &auditJSON{out: out}
	}
	n := 0
	for entry, err := range at.Client.Audit(ctx, q) {
		if errors.Is(err, client.ErrNotAtrium) {
			return c.Fail("Error: this hub is a JupyterHub, which keeps no record of changes: only Atrium has one")
		}
		if err != nil {
			_ = out.Flush() // what is known is worth reading
			return c.Failed(at, err)
		}
		if err := w.entry(entry); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
		if n++; n == f.limit {
			break
		}
	}
	if err := w.end(); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	if n == f.limit {
		c.Say("ℹ️  These are the newest %d. More: --limit %d, or --limit 0 for all.", n, 10*n)
	}
	return talk.Flush(out)
}

// auditWriter writes entries as they come: there may be millions.
type auditWriter interface {
	entry(e client.AuditEntry) error
	end() error
}

type auditTable struct {
	out   *bufio.Writer
	begun bool
}

func (t *auditTable) row(cells ...string) error {
	widths := []int{19, 18, 24, 24, 0}
	for i := range cells {
		cells[i] = command.Pad(command.Printable(cells[i]), widths[i])
	}
	_, err := fmt.Fprintln(t.out, strings.TrimRight(strings.Join(cells, " "), " "))
	return err
}

func (t *auditTable) entry(e client.AuditEntry) error {
	if !t.begun {
		t.begun = true
		if err := t.row("Time", "Who", "Action", "Target", "Details"); err != nil {
			return err
		}
		fmt.Fprintln(t.out, strings.Repeat("-", 100))
	}
	target := strings.TrimSpace(e.Target.Kind + " " + e.Target.Name)
	return t.row(command.ShortTime(talk.Moment(e.At), "-"), party(e.Actor), e.Action, target, details(e.Before, e.After))
}

func (t *auditTable) end() error {
	if !t.begun {
		_, err := fmt.Fprintln(t.out, "No entries found")
		return err
	}
	return nil
}

// party names somebody; that it is a person goes without saying.
func party(p client.AuditParty) string {
	switch {
	case p.Kind == "user" || p.Kind == "":
		return p.Name
	case p.Name == "" || p.Name == p.Kind:
		return p.Kind
	}
	return p.Kind + " " + p.Name
}

type auditJSON struct {
	out   *bufio.Writer
	begun bool
}

func (j *auditJSON) entry(e client.AuditEntry) error {
	before := ",\n  "
	if !j.begun {
		j.begun, before = true, "[\n  "
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = j.out.WriteString(before + string(text))
	return err
}

func (j *auditJSON) end() error {
	text := "\n]\n"
	if !j.begun {
		text = "[]\n"
	}
	_, err := j.out.WriteString(text)
	return err
}
