package homes

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// commands are those that stand behind 'atrium homes', on one console.
type commands struct{ *talk.Console }

// New is 'atrium homes'.
func New(e *command.Env) *cobra.Command {
	c := commands{talk.New(e, "atrium homes")}
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
	c.AddFlags(cmd.PersistentFlags())
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
		Problem: h.Problem, Host: h.Host, Created: talk.Moment(h.Created), Changed: talk.Moment(h.Changed),
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
	return strings.TrimRight(fmt.Sprintf("%s %s %s %s", command.Pad(h.ID, 12), command.Pad(command.Printable(h.whose()), 24), command.Pad(state, 11), command.Printable(where)), " ")
}

func newHomesList(c commands) *cobra.Command {
	var q client.HomeQuery
	cmd := &cobra.Command{
		Use: "list", Short: "List homes, with whose they are",
		Long: `List homes, with whose they are, or were last, and where they lie.

--offered are those that are nobody's and whose last owner has a namesake now: somebody
who was deleted and made again, or made again from a list after the database was lost.`,
		Example: c.Example("list", "list --name bob", "list --unowned --json", "list --offered"),
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listHomes(c.Begin(cmd), q) },
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Name, "name", "", "only those that are this `person`'s, or were last")
	flags.BoolVar(&q.Unowned, "unowned", false, "only those that are nobody's")
	flags.BoolVar(&q.Offered, "offered", false, "only those that are nobody's and whose last owner has a namesake now")
	return cmd
}

// homes reads the homes that the query asks for.
func (c commands) homes(ctx context.Context, at *talk.Connection, q client.HomeQuery) ([]homeShown, error) {
	all := []homeShown{}
	for h, err := range at.Client.Homes(ctx, q) {
		if err != nil {
			return nil, c.homesFailed(at, err)
		}
		all = append(all, shownHome(h))
	}
	return all, nil
}

func (c commands) homesFailed(at *talk.Connection, err error) error {
	if errors.Is(err, client.ErrNotAtrium) {
		return c.Fail("Error: this hub is a JupyterHub, which knows nothing of homes: only Atrium does")
	}
	return c.Failed(at, err)
}

func (c commands) listHomes(ctx context.Context, q client.HomeQuery) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	all, err := c.homes(ctx, at, q)
	if err != nil {
		return err
	}
	if c.JSON {
		return c.Answer(all)
	}
	out := bufio.NewWriter(c.Env.Out)
	if len(all) == 0 {
		fmt.Fprintln(out, "No homes found")
		return talk.Flush(out)
	}
	fmt.Fprintf(out, "\n📋 Homes: %d\n\n%s %s %s %s\n%s\n", len(all), command.Pad("ID", 12), command.Pad("Whose", 24), command.Pad("State", 11), "Where", strings.Repeat("-", 76))
	for _, h := range all {
		fmt.Fprintln(out, h.line())
	}
	return talk.Flush(out)
}

func newHomesShow(c commands) *cobra.Command {
	return &cobra.Command{
		Use: "show ID|NAME", Short: "Show all that is known of one home",
		Long:    `Show a home by its id, or the home of a person by their name.`,
		Example: c.Example("show k3v9x2abcd", "show alice --json"),
		Args:    command.OneName("ID or NAME"),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.showHome(c.Begin(cmd), args[0]) },
	}
}

func (c commands) showHome(ctx context.Context, which string) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	found, err := at.Client.Home(ctx, which)
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
	if c.JSON {
		return c.Answer(shown)
	}
	out := bufio.NewWriter(c.Env.Out)
	for _, h := range shown {
		fmt.Fprintln(out)
		for _, f := range h.fields() {
			if f[1] != "" {
				fmt.Fprintf(out, "%s %s\n", command.Pad(f[0], 10), command.Printable(f[1]))
			}
		}
	}
	return talk.Flush(out)
}

// homesOf are the homes that are somebody's, or were last.
func (c commands) homesOf(ctx context.Context, at *talk.Connection, name string) ([]homeShown, error) {
	shown, err := c.homes(ctx, at, client.HomeQuery{Name: name})
	if err == nil && len(shown) == 0 {
		err = c.Fail("Error: there is no home %s, nor one of a person of that name", command.Printable(name))
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
		{"Archive", h.Archive}, {"Machine", h.Host}, {"User id", uid}, {"Known since", command.ShortTime(h.Created, "")}, {"Changed", command.ShortTime(h.Changed, "")},
	}
}
