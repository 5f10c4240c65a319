package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/hub"
)

func newHomes(e *env) *cobra.Command {
	c := &console{env: e, name: "atrium homes"}
	cmd := &cobra.Command{
		Use: "homes", Short: "See whose home is what, give one to somebody, pack homes away",
		Long: `Look after the folders with people's files, on Atrium.

A home stays when its person is deleted: it is nobody's then, and is never given to
somebody else by itself, not even to one who is made again under the same name. Giving
it to somebody is for an administrator to decide.

The hub and the token come from where 'atrium users' has them.

Exit status: 0 all done, 1 could not start, 2 wrong usage, 3 some failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.addFlags(cmd.PersistentFlags())
	cmd.AddCommand(newHomesList(c), newHomesShow(c), newHomesAttach(c), newHomesDetach(c), newHomesArchive(c))
	return cmd
}

// homeShown is what lists tell of a home.
type homeShown struct {
	ID        string `json:"id"`
	Owner     string `json:"owner"`      // empty for nobody
	LastOwner string `json:"last_owner"` // whose it is, or was last
	State     string `json:"state"`      // there, archiving, archived or unpacking
	Path      string `json:"path"`       // on the machine that has it; empty while that is not known
	UID       *int64 `json:"uid"`        // null while it is not made yet
	Archive   string `json:"archive,omitempty"`
	Attached  bool   `json:"attached"` // an administrator gave it to its owner
	Problem   string `json:"problem,omitempty"`
	Host      string `json:"host"`
	Created   string `json:"created"` // RFC 3339
	Changed   string `json:"changed"`
}

func shownHome(h client.Home) homeShown {
	shown := homeShown{
		ID: h.ID, LastOwner: h.LastOwner, State: h.State, Path: h.Path, UID: h.UID, Archive: h.Archive, Attached: h.Attached,
		Problem: h.Problem, Host: h.Host, Created: moment(h.Created), Changed: moment(h.Changed),
	}
	if h.Owner != nil {
		shown.Owner = *h.Owner
	}
	return shown
}

// whose is a home's owner in a few words.
func (h homeShown) whose() string {
	switch {
	case h.Owner != "":
		return h.Owner
	case h.LastOwner != "":
		return "- (was " + h.LastOwner + ")"
	}
	return "-"
}

func (h homeShown) line() string {
	state := h.State
	if h.Problem != "" {
		state += " !"
	}
	where := h.Path
	if h.State == client.HomeArchived {
		where = h.Archive
	}
	return strings.TrimRight(fmt.Sprintf("%s %s %s %s", pad(h.ID, 12), pad(printable(h.whose()), 24), pad(state, 11), printable(where)), " ")
}

func newHomesList(c *console) *cobra.Command {
	var q client.HomeQuery
	cmd := &cobra.Command{
		Use: "list", Short: "List homes, with whose they are",
		Long: `List homes, with whose they are, or were last, and where they lie.

--offered are those that are nobody's and whose last owner has a namesake now: somebody
who was deleted and made again, or made again from a list after the database was lost.`,
		Example: c.example("list", "list --name bob", "list --unowned --json", "list --offered"),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listHomes(c.begin(cmd), q) },
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Name, "name", "", "only those that are this `person`'s, or were last")
	flags.BoolVar(&q.Unowned, "unowned", false, "only those that are nobody's")
	flags.BoolVar(&q.Offered, "offered", false, "only those that are nobody's and whose last owner has a namesake now")
	return cmd
}

// homes reads the homes that the query asks for.
func (c *console) homes(ctx context.Context, at *connection, q client.HomeQuery) ([]homeShown, error) {
	all := []homeShown{}
	for h, err := range at.client.Homes(ctx, q) {
		if err != nil {
			return nil, c.homesFailed(at, err)
		}
		all = append(all, shownHome(h))
	}
	return all, nil
}

func (c *console) homesFailed(at *connection, err error) error {
	if errors.Is(err, client.ErrNotAtrium) {
		return c.fail("Error: this hub is a JupyterHub, which knows nothing of homes: only Atrium does")
	}
	return c.failed(at.access, err)
}

func (c *console) listHomes(ctx context.Context, q client.HomeQuery) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	all, err := c.homes(ctx, at, q)
	if err != nil {
		return err
	}
	if c.json {
		return c.answer(all)
	}
	out := bufio.NewWriter(c.env.out)
	if len(all) == 0 {
		fmt.Fprintln(out, "No homes found")
		return flush(out)
	}
	fmt.Fprintf(out, "\n📋 Homes: %d\n\n%s %s %s %s\n%s\n", len(all), pad("ID", 12), pad("Whose", 24), pad("State", 11), "Where", strings.Repeat("-", 76))
	for _, h := range all {
		fmt.Fprintln(out, h.line())
	}
	return flush(out)
}

func newHomesShow(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "show ID|NAME", Short: "Show all that is known of one home",
		Long:    `Show a home by its id, or the home of a person by their name.`,
		Example: c.example("show k3v9x2abcd", "show alice --json"),
		Args:    oneName("ID or NAME"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.showHome(c.begin(cmd), args[0]) },
	}
}

func (c *console) showHome(ctx context.Context, which string) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	found, err := at.client.Home(ctx, which)
	shown := []homeShown{shownHome(found)}
	if client.IsNotFound(err) {
		shown, err = c.homesOf(ctx, at, which)
		if err != nil {
			return err
		}
	}
	if err != nil {
		return c.homesFailed(at, err)
	}
	if c.json {
		return c.answer(shown)
	}
	out := bufio.NewWriter(c.env.out)
	for _, h := range shown {
		fmt.Fprintln(out)
		for _, f := range h.fields() {
			if f[1] != "" {
				fmt.Fprintf(out, "%s %s\n", pad(f[0], 10), printable(f[1]))
			}
		}
	}
	return flush(out)
}

// tellOffered says that people have namesakes whose homes are nobody's. Nothing else
// depends on it: a hub that does not say, or may not, is left alone.
func (c *console) tellOffered(ctx context.Context, at *connection) {
	if c.script {
		return
	}
	n := 0
	for _, err := range at.client.Homes(ctx, client.HomeQuery{Offered: true}) {
		if err != nil {
			return
		}
		n++
	}
	if n > 0 {
		c.say("ℹ️  Homes of earlier people of the same names, which nobody gets by themselves: %d. See atrium homes list --offered", n)
	}
}

// homesOf are the homes that are somebody's, or were last.
func (c *console) homesOf(ctx context.Context, at *connection, name string) ([]homeShown, error) {
	shown, err := c.homes(ctx, at, client.HomeQuery{Name: name})
	if err == nil && len(shown) == 0 {
		err = c.fail("Error: there is no home %s, nor one of a person of that name", printable(name))
	}
	return shown, err
}

func (h homeShown) fields() [][2]string {
	uid := ""
	if h.UID != nil {
		uid = strconv.FormatInt(*h.UID, 10)
	}
	attached := ""
	if h.Attached {
		attached = "by an administrator"
	}
	return [][2]string{
		{"ID", h.ID}, {"Whose", h.whose()}, {"Attached", attached}, {"State", h.State}, {"Problem", h.Problem}, {"Folder", h.Path},
		{"Archive", h.Archive}, {"Machine", h.Host}, {"User id", uid}, {"Known since", shortTime(h.Created, "")}, {"Changed", shortTime(h.Changed, "")},
	}
}

func newHomesAttach(c *console) *cobra.Command {
	var byName, yes bool
	cmd := &cobra.Command{
		Use: "attach ID NAME", Short: "Give a home that is nobody's to somebody",
		Long: `Give a home that is nobody's to somebody, with the files in it. The home that they have
had is nobody's then. None of their servers may run. A home that was packed away is
unpacked. Somebody who has no password yet cannot set one by their first login any more,
since they own files now: set one for them.

With --by-name everybody gets the home that was last a namesake's, after a question: what
'list --offered' shows. It is for people who were made again from a list.`,
		Example: c.example("attach k3v9x2abcd bob", "attach --by-name"),
		Args: func(_ *cobra.Command, args []string) error {
			if byName && len(args) > 0 || !byName && len(args) != 2 {
				return errors.New("say which home and whose it becomes, ID NAME, or --by-name alone")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := c.begin(cmd)
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

func (c *console) attachHome(ctx context.Context, id, name string) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	h, err := at.client.AttachHome(ctx, id, name)
	if err != nil {
		return c.homesFailed(at, err)
	}
	c.say("✅ The home %s is %s's now", h.ID, name)
	if h.State == client.HomeUnpacking {
		c.say("⏳ It is being unpacked: atrium homes show %s", h.ID)
	}
	return c.answerHomes([]homeShown{shownHome(h)})
}

// answerHomes is the answer of commands that change homes, for programs.
func (c *console) answerHomes(shown []homeShown) error {
	if !c.json {
		return nil
	}
	return c.answer(shown)
}

func (c *console) attachByName(ctx context.Context, yes bool) error {
	at, err := c.connect(ctx)
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
			c.complain("❌ %d homes were last of somebody called %s: choose one with atrium homes list --name %s", n, printable(name), printable(name))
		}
	}
	if len(todo) == 0 {
		c.say("✅ There is no home to give")
		return c.homesEnd(nil, failed)
	}
	if !yes {
		names := make([]string, len(todo))
		for i, h := range todo {
			names[i] = h.LastOwner
		}
		if err := c.ask(fmt.Sprintf("This gives %d people the files of their namesakes: %s", len(todo), firstFew(names)), fmt.Sprintf("attach %d homes", len(todo))); err != nil {
			return err
		}
	}
	var done []homeShown
	for _, h := range todo {
		now, err := at.client.AttachHome(ctx, h.ID, h.LastOwner)
		if err := c.homeDone(at, err, "attach "+h.ID+" to "+h.LastOwner); err != nil {
			return err
		}
		if err != nil {
			failed = true
			continue
		}
		c.say("  ✅ %s: the home %s", printable(h.LastOwner), h.ID)
		done = append(done, shownHome(now))
	}
	return c.homesEnd(done, failed)
}

// homeDone tells of one of many that could not be done; what keeps all of them from being
// done is its error.
func (c *console) homeDone(at *connection, err error, what string) error {
	if err == nil {
		return nil
	}
	if _, told := errors.AsType[*client.APIError](err); !told || client.IsUnauthorized(err) || client.IsForbidden(err) {
		return c.homesFailed(at, err)
	}
	c.complain("  ❌ Could not %s: %s", printable(what), printable(reasonOf(err)))
	return nil
}

func (c *console) homesEnd(done []homeShown, failed bool) error {
	if done == nil {
		done = []homeShown{}
	}
	if err := c.answerHomes(done); err != nil {
		return err
	}
	if failed {
		return &statusError{exitSomeFailed}
	}
	return nil
}

func newHomesDetach(c *console) *cobra.Command {
	return &cobra.Command{
		Use: "detach NAME...", Short: "Take people's homes from them: their next server gets a new one",
		Long: `Take people's homes from them. The homes and their files stay, and are nobody's; the next
server of these people begins with a new, empty one. None of their servers may run.`,
		Example: c.example("detach bob"),
		Args:    names("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.eachHome(c.begin(cmd), args, "detach the home of", func(ctx context.Context, at *connection, name string) (client.Home, error) {
				h, err := at.client.DetachHome(ctx, name)
				if err == nil {
					c.say("  ✅ %s's home %s is nobody's now", printable(name), h.ID)
				}
				return h, err
			})
		},
	}
}

// eachHome does one thing after the other.
func (c *console) eachHome(ctx context.Context, args []string, what string, do func(context.Context, *connection, string) (client.Home, error)) error {
	at, err := c.connect(ctx)
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

func newHomesArchive(c *console) *cobra.Command {
	var unowned, yes, wait bool
	var older string
	cmd := &cobra.Command{
		Use: "archive [ID...]", Short: "Pack homes that are nobody's into archives",
		Long: `Pack homes that are nobody's into files (tar, compressed) beside the homes, and remove
their folders then. 'attach' brings them back. What to do with the archives in the long
run is the operator's choice: 'show' tells where they are.

With --unowned it is all that are nobody's, after a question; --older only those whose
owner, or state, last changed before that time.`,
		Example: c.example("archive k3v9x2abcd --wait", "archive --unowned --older 180d"),
		Args: func(_ *cobra.Command, args []string) error {
			if unowned == (len(args) > 0) {
				return errors.New("say which homes, by ID, or --unowned")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			ctx := c.begin(cmd)
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
func (c *console) toArchive(ctx context.Context, older string, yes bool) ([]string, error) {
	before, err := olderThan(older)
	if err != nil {
		return nil, err
	}
	at, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	var ids, names []string
	for h, err := range at.client.Homes(ctx, client.HomeQuery{Unowned: true}) {
		if err != nil {
			return nil, c.homesFailed(at, err)
		}
		if h.State == client.HomeThere && (before.IsZero() || h.Changed.Before(before)) {
			ids, names = append(ids, h.ID), append(names, shownHome(h).whose())
		}
	}
	if len(ids) == 0 {
		c.say("✅ There is no home to pack")
		return nil, c.homesEnd(nil, false)
	}
	if yes {
		return ids, nil
	}
	return ids, c.ask(fmt.Sprintf("This packs %d homes and removes their folders: %s", len(ids), firstFew(names)), fmt.Sprintf("archive %d homes", len(ids)))
}

func (c *console) archiveHomes(ctx context.Context, ids []string, wait bool) error {
	return c.eachHome(ctx, ids, "archive", func(ctx context.Context, at *connection, id string) (client.Home, error) {
		h, err := at.client.ArchiveHome(ctx, id)
		if err == nil && wait {
			h, err = c.awaitPacked(ctx, at, h)
		}
		switch {
		case err != nil:
		case h.Problem != "":
			c.complain("  ❌ %s could not be packed: %s", h.ID, printable(h.Problem))
		case h.State == client.HomeArchived:
			c.say("  ✅ Packed: %s", printable(h.Archive))
		default:
			c.say("  ⏳ %s is being packed: atrium homes show %s", h.ID, h.ID)
		}
		return h, err
	})
}

// olderThan reads --older; the zero time for none.
func olderThan(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	before, err := parseMoment(text, hub.SystemClock())
	if err != nil {
		return before, &usageError{fmt.Errorf("--older %w", err)}
	}
	return before, nil
}

// awaitPacked waits until a home is packed, or could not be.
func (c *console) awaitPacked(ctx context.Context, at *connection, h client.Home) (client.Home, error) {
	for pause := 100 * time.Millisecond; h.State == client.HomeArchiving; pause = min(2*pause, 2*time.Second) {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return h, ctx.Err()
		}
		var err error
		if h, err = at.client.Home(ctx, h.ID); err != nil {
			return h, err
		}
	}
	return h, nil
}
