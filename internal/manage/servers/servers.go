package servers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/jobs"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// commands are those that stand behind 'atrium servers', on one console.
type commands struct{ jobs.Runner }

// New is 'atrium servers'.
func New(e *command.Env) *cobra.Command {
	c := commands{jobs.NewRunner(e, "atrium servers")}
	cmd := &cobra.Command{
		Use: "servers", Short: "List, start and stop notebook servers, on Atrium or any JupyterHub",
		Long: `List, start and stop people's notebook servers, on Atrium or any JupyterHub.

A server is alice, her default server, or alice/gpu, the one she named gpu.

The hub and the token come from where 'atrium users' has them.

Exit status: 0 all done, 1 could not start, 2 wrong usage, 3 some failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddFlags(cmd.PersistentFlags())
	cmd.AddCommand(newServersList(c), newServersStart(c), newServersStop(c), newServersExtend(c), newServersForget(c))
	return cmd
}

// selection says which servers are meant.
type selection struct {
	jobs.ListFlags
	jobs.FilterFlags
	names    []string
	file     string
	all, yes bool
	dryRun   bool
}

func (s *selection) add(cmd *cobra.Command, verb string) {
	flags := cmd.Flags()
	s.FilterFlags.Add(cmd)
	flags.StringVarP(&s.file, "file", "f", "", "the people of a `file` with a username column")
	flags.BoolVar(&s.all, "all", false, verb+" everybody's, after a question")
	flags.BoolVarP(&s.yes, "yes", "y", false, "do not ask")
	flags.BoolVar(&s.dryRun, "dry-run", false, "show what would be done, and change nothing")
	s.ListFlags.Add(cmd)
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		s.names = args
		ways := 0
		for _, given := range []bool{len(args) > 0, s.Given(), s.file != "", s.all} {
			if given {
				ways++
			}
		}
		switch {
		case ways != 1:
			return errors.New("say which servers: by name, or with one of --group (and --name, --state), --file and --all")
		case s.Sheet != "" && s.file == "":
			return errors.New("--sheet is of a file: name one with --file")
		}
		return s.Check(cmd)
	}
}

// searches tells whether more has to be found than the members of a group.
func (s *selection) searches() bool {
	return s.Name != "" || s.State != "" || s.Limited()
}

// people are those who are meant: all for nil.
func (s *selection) people(ctx context.Context, c commands, at *talk.Connection) ([]roster.Row, error) {
	switch {
	case s.file != "":
		return c.Whom(nil, s.file, s.Sheet)
	case s.Group != "":
		g, err := at.Client.Group(ctx, s.Group)
		if client.IsNotFound(err) {
			return nil, c.NoGroup(s.Group)
		}
		if err != nil {
			return nil, c.Failed(at, err)
		}
		rows := make([]roster.Row, len(g.Users))
		for i, name := range g.Users {
			rows[i] = roster.Row{Name: name}
		}
		return rows, nil
	}
	return nil, nil
}

// rows are the servers that are meant: with running those that run, elsewhere
// everybody's default server.
func (s *selection) rows(ctx context.Context, c commands, at *talk.Connection, running bool) ([]roster.Row, error) {
	if len(s.names) > 0 {
		var rows []roster.Row
		for _, name := range s.names {
			row := roster.ServerNamed(name)
			if !slices.ContainsFunc(rows, func(r roster.Row) bool { return r.Bad == "" && r.FullName() == row.FullName() }) {
				rows = append(rows, row)
			}
		}
		return rows, nil
	}
	rows, err := s.people(ctx, c, at)
	if err != nil {
		return nil, err
	}
	switch {
	case running && (s.all || len(rows) > 0):
		rows, err = roster.Running(ctx, at.Hub, rows)
	case s.all:
		rows, err = roster.Everybody(ctx, at.Hub)
	}
	if err != nil {
		return nil, c.Failed(at, err)
	}
	return rows, nil
}

// act is what start and stop do with the servers of rows, or with those that a filter finds.
type act struct {
	verb, doing string
	told        jobs.Wording
	rows        func([]roster.Row) *roster.Job
	found       func(client.PeopleFilter) (*roster.Job, error)
	foresee     func([]roster.Row) (*roster.Job, error)
}

// servers does what start and stop have in common: it finds the servers, and asks
// before it touches everybody's, or those of people whom nobody has named.
func (c commands) servers(ctx context.Context, at *talk.Connection, s *selection, a act) error {
	if s.searches() {
		return c.serversFound(at, s, a)
	}
	rows, err := s.rows(ctx, c, at, a.verb == "stop")
	if err != nil {
		return err
	}
	if err := c.RefuseBad("servers "+a.verb, rows); err != nil {
		return err
	}
	if len(rows) == 0 {
		return c.NobodyFound(roster.Checked(rows), a.told, s.dryRun)
	}
	if s.dryRun {
		return c.foreseen(at, rows, a)
	}
	j := a.rows(rows)
	if s.all && !s.yes {
		if err := c.askServers(j, a); err != nil {
			return err
		}
	}
	c.Say("\n🔄 %s %s...", a.doing, command.Servers(len(rows)))
	return c.Run(j, a.told, nil)
}

// serversFound is servers for those that a filter finds.
func (c commands) serversFound(at *talk.Connection, s *selection, a act) error {
	j, err := a.found(s.PeopleFilter)
	if err != nil {
		return c.Failed(at, err)
	}
	if over, err := c.TellFound(at, s.FilterFlags, j, command.Servers, a.told, s.dryRun); over {
		return err
	}
	if s.dryRun {
		rows := make([]roster.Row, len(j.Items))
		for i, x := range j.Items {
			rows[i] = x.Row
		}
		return c.foreseen(at, rows, a)
	}
	ask := func() error { return c.askServers(j, a) }
	if s.yes {
		ask = nil
	}
	if err := c.Confirm(s.FilterFlags, j, command.Servers(len(j.Items)), ask); err != nil {
		return err
	}
	a.told.Filtered = true
	c.Say("\n🔄 %s %s...", a.doing, command.Servers(len(j.Items)))
	return c.Run(j, a.told, nil)
}

// foreseen shows what would become of servers.
func (c commands) foreseen(at *talk.Connection, rows []roster.Row, a act) error {
	j, err := a.foresee(rows)
	if err != nil {
		return c.Failed(at, err)
	}
	return c.ShowPlan(j, a.told)
}

// askServers says how many servers are meant, and names the first few.
func (c commands) askServers(j *roster.Job, a act) error {
	names := make([]string, len(j.Items))
	for i, x := range j.Items {
		names[i] = x.FullName()
	}
	return c.Ask(fmt.Sprintf("This %ss %s: %s", a.verb, command.Servers(len(names)), command.FirstFew(names)), a.verb+" "+command.Servers(len(names)))
}

type startFlags struct {
	selection
	profile string
	options []string
	wait    bool
}

func newServersStart(c commands) *cobra.Command {
	var f startFlags
	cmd := &cobra.Command{
		Use: "start [NAME...]", Short: "Start servers: by name, of a group, of a file's people, or everybody's",
		Long: `Start servers. With --group, --file and --all it is each person's default server.
--name and --state find people, too, alone or beside --group; it says how many there are
and asks, and where there are more by then, nothing is done.

They are asked for, and start one after the other as the hub sees fit; --wait waits
until each is ready, and names those that failed, with the reason. Without --profile
and --option a server starts as it did the last time. --dry-run lists what would be
started.`,
		Example: c.Example("start alice bob/gpu", `start --group "class 5a" --wait`, "start -f users.csv --profile gpu-small",
			"start alice --option image=lab --option memory=4G", "start --all --yes", `start --group "class 5a" --state inactive`),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.startServers(c.Begin(cmd), &f) },
	}
	f.add(cmd, "start")
	cmd.Flags().StringVar(&f.profile, "profile", "", "the profile, by its `slug`")
	cmd.Flags().StringArrayVar(&f.options, "option", nil, "an option of the start, as `key=value`; may be given several times")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait until they are ready")
	return cmd
}

// userOptions are what the hub's start form would have said; nil for nothing.
func (f *startFlags) userOptions() (map[string]any, error) {
	var options map[string]any
	set := func(key, value string) {
		if options == nil {
			options = map[string]any{}
		}
		options[key] = value
	}
	for _, text := range f.options {
		key, value, valued := strings.Cut(text, "=")
		if key == "" || !valued {
			return nil, fmt.Errorf("--option is key=value, not %q", text)
		}
		set(key, value)
	}
	if f.profile != "" {
		set("profile", f.profile)
	}
	return options, nil
}

func (c commands) startServers(ctx context.Context, f *startFlags) error {
	options, err := f.userOptions()
	if err != nil {
		return &command.UsageError{Err: err}
	}
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	o := roster.ServersOptions{Pace: roster.Pace{Workers: c.Workers()}, Options: options, Wait: f.wait}
	return c.servers(ctx, at, &f.selection, act{
		verb: "start", doing: "Starting", told: startTold(f.wait),
		rows: func(rows []roster.Row) *roster.Job {
			const few = 3 // so many starts can be followed step by step
			if f.wait && len(rows) <= few {
				o.Step = c.steps()
			}
			return roster.PlanStart(at.Hub, rows, o)
		},
		found:   func(by client.PeopleFilter) (*roster.Job, error) { return roster.PlanStartFound(ctx, at.Hub, by, o) },
		foresee: func(rows []roster.Row) (*roster.Job, error) { return roster.ForeseeStart(ctx, at.Hub, rows, o) },
	})
}

// steps tells of starts step by step.
func (c commands) steps() func(*roster.Item, client.Progress) {
	var mu sync.Mutex
	return func(x *roster.Item, p client.Progress) {
		if p.Ready || p.Failed { // which is the row's own line
			return
		}
		mu.Lock()
		defer mu.Unlock()
		c.Say("  ⏳ %s: %d%% %s", x.FullName(), p.Percent, p.Message)
	}
}

// seeActive shows the servers that run, or are on their way to or from that.
const seeActive = "atrium servers list --active"

func startTold(wait bool) jobs.Wording {
	return jobs.Wording{
		Command: "servers start", Strict: true, See: seeActive,
		Plan: map[string]string{client.StatusStarted: "To start", client.StatusRunning: "Already running", client.StatusNotFound: "❌ Not found"},
		Counters: []jobs.Counter{
			{Label: "✅ Ready", Statuses: []string{roster.StatusReady}, Always: wait},
			{Label: "✅ Started", Statuses: []string{client.StatusStarted}, Always: !wait},
			{Label: "✅ Already running", Statuses: []string{client.StatusRunning}, Always: !wait},
			{Label: "❌ Failed", Statuses: []string{client.StatusFailed, client.StatusNotFound}, Always: true, Failed: true},
		},
		Line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case roster.StatusReady:
				return "✅ Ready: " + x.FullName(), true
			case client.StatusStarted:
				return "✅ Starting: " + x.FullName(), true
			case client.StatusRunning:
				return "✅ Already running: " + x.FullName(), true
			}
			return serverLine("start", x)
		},
	}
}

func serverLine(verb string, x *roster.Item) (string, bool) {
	switch {
	case x.Status != client.StatusNotFound:
		return fmt.Sprintf("❌ Failed to %s %s: %s", verb, x.FullName(), x.Message), false
	case x.Server != "":
		return "❌ Server not found: " + x.FullName(), false
	}
	return "❌ User not found: " + x.Name, false
}

type stopFlags struct {
	selection
	wait bool
}

func newServersStop(c commands) *cobra.Command {
	var f stopFlags
	cmd := &cobra.Command{
		Use: "stop [NAME...]", Short: "Stop servers: by name, of a group, of a file's people, or everybody's",
		Long: `Stop servers. With --group, --file and --all it is each person's servers that run, the
named ones, too. People's files stay; what is not saved is lost. --name and --state find
people, too, alone or beside --group; it says how many servers there are and asks, and
where there are more by then, nothing is done.

They are asked to stop; --wait waits until they have. --dry-run lists what would be
stopped.`,
		Example: c.Example("stop alice bob/gpu", `stop --group "class 5a"`, "stop -f users.csv --wait", "stop --all", "stop --name guest-", `stop --group "class 5a" --state ready --confirmed 30`),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.stopServers(c.Begin(cmd), &f) },
	}
	f.add(cmd, "stop")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait until they have stopped")
	return cmd
}

func (c commands) stopServers(ctx context.Context, f *stopFlags) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	o := roster.ServersOptions{Pace: roster.Pace{Workers: c.Workers()}, Wait: f.wait}
	return c.servers(ctx, at, &f.selection, act{
		verb: "stop", doing: "Stopping", told: stopTold(f.wait),
		rows:    func(rows []roster.Row) *roster.Job { return roster.PlanStop(at.Hub, rows, o) },
		found:   func(by client.PeopleFilter) (*roster.Job, error) { return roster.PlanStopFound(ctx, at.Hub, by, o) },
		foresee: func(rows []roster.Row) (*roster.Job, error) { return roster.ForeseeStop(ctx, at.Hub, rows) },
	})
}

func stopTold(wait bool) jobs.Wording {
	doing := "Stopping"
	if wait {
		doing = "Stopped"
	}
	return jobs.Wording{
		Command: "servers stop", Strict: true, See: seeActive,
		Plan: map[string]string{client.StatusStopped: "To stop", client.StatusNotRunning: "Not running", client.StatusNotFound: "❌ Not found"},
		Counters: []jobs.Counter{
			{Label: "✅ Stopped", Statuses: []string{client.StatusStopped}, Always: true},
			{Label: "✅ Not running", Statuses: []string{client.StatusNotRunning}, Always: true},
			{Label: "❌ Failed", Statuses: []string{client.StatusFailed, client.StatusNotFound}, Always: true, Failed: true},
		},
		Line: func(x *roster.Item) (string, bool) {
			switch x.Status {
			case client.StatusStopped:
				return "✅ " + doing + ": " + x.FullName(), true
			case client.StatusNotRunning:
				return "✅ Not running: " + x.FullName(), true
			}
			return serverLine("stop", x)
		},
	}
}
