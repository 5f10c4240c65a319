package manage

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
	"github.com/atriumhub/atrium/internal/manage/roster"
)

// NewServers is 'atrium servers'.
func NewServers(e *command.Env) *cobra.Command {
	c := &console{env: e, name: "atrium servers"}
	cmd := &cobra.Command{
		Use: "servers", Short: "List, start and stop notebook servers, on Atrium or any JupyterHub",
		Long: `List, start and stop people's notebook servers, on Atrium or any JupyterHub.

A server is alice, her default server, or alice/gpu, the one she named gpu.

The hub and the token come from where 'atrium users' has them.

Exit status: 0 all done, 1 could not start, 2 wrong usage, 3 some failed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.addFlags(cmd.PersistentFlags())
	cmd.AddCommand(newServersList(c), newServersStart(c), newServersStop(c), newServersForget(c))
	return cmd
}

// selection says which servers are meant.
type selection struct {
	listFlags
	names       []string
	group, file string
	all, yes    bool
}

func (s *selection) add(cmd *cobra.Command, verb string) {
	flags := cmd.Flags()
	flags.StringVar(&s.group, "group", "", "the people of this `group`")
	flags.StringVarP(&s.file, "file", "f", "", "the people of a `file` with a username column")
	flags.BoolVar(&s.all, "all", false, verb+" everybody's, after a question")
	flags.BoolVarP(&s.yes, "yes", "y", false, "do not ask")
	s.listFlags.add(cmd)
	cmd.Args = func(_ *cobra.Command, args []string) error {
		s.names = args
		ways := 0
		for _, given := range []bool{len(args) > 0, s.group != "", s.file != "", s.all} {
			if given {
				ways++
			}
		}
		switch {
		case ways != 1:
			return errors.New("say which servers: by name, or with one of --group, --file and --all")
		case s.sheet != "" && s.file == "":
			return errors.New("--sheet is of a file: name one with --file")
		}
		return nil
	}
}

// people are those who are meant: all for nil.
func (s *selection) people(ctx context.Context, c *console, at *connection) ([]roster.Row, error) {
	switch {
	case s.file != "":
		return c.whom(nil, s.file, s.sheet)
	case s.group != "":
		g, err := at.client.Group(ctx, s.group)
		if client.IsNotFound(err) {
			return nil, c.fail("Error: there is no group %s", command.Printable(s.group))
		}
		if err != nil {
			return nil, c.failed(at.access, err)
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
func (s *selection) rows(ctx context.Context, c *console, at *connection, running bool) ([]roster.Row, error) {
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
		rows, err = roster.Running(ctx, at.hub, rows)
	case s.all:
		rows, err = roster.Everybody(ctx, at.hub)
	}
	if err != nil {
		return nil, c.failed(at.access, err)
	}
	return rows, nil
}

// servers does what start and stop have in common: it finds the servers, and asks
// before it touches everybody's.
func (c *console) servers(ctx context.Context, at *connection, s *selection, verb string) ([]roster.Row, error) {
	rows, err := s.rows(ctx, c, at, verb == "stop")
	if err != nil {
		return nil, err
	}
	if err := c.refuseBad("servers "+verb, rows); err != nil {
		return nil, err
	}
	if !s.all || s.yes || len(rows) == 0 {
		return rows, nil
	}
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = row.FullName()
	}
	return rows, c.ask(fmt.Sprintf("This %ss %s: %s", verb, command.Servers(len(rows)), command.FirstFew(names)), verb+" "+command.Servers(len(rows)))
}

type startFlags struct {
	selection
	profile string
	options []string
	wait    bool
}

func newServersStart(c *console) *cobra.Command {
	var f startFlags
	cmd := &cobra.Command{
		Use: "start [NAME...]", Short: "Start servers: by name, of a group, of a file's people, or everybody's",
		Long: `Start servers. With --group, --file and --all it is each person's default server.

They are asked for, and start one after the other as the hub sees fit; --wait waits
until each is ready, and names those that failed, with the reason. Without --profile
and --option a server starts as it did the last time.`,
		Example: c.example("start alice bob/gpu", `start --group "class 5a" --wait`, "start -f users.csv --profile gpu-small",
			"start alice --option image=lab --option memory=4G", "start --all --yes"),
		RunE: func(cmd *cobra.Command, _ []string) error { return c.startServers(c.begin(cmd), &f) },
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

func (c *console) startServers(ctx context.Context, f *startFlags) error {
	options, err := f.userOptions()
	if err != nil {
		return &command.UsageError{Err: err}
	}
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	rows, err := c.servers(ctx, at, &f.selection, "start")
	if err != nil {
		return err
	}
	o := roster.ServersOptions{Pace: roster.Pace{Workers: c.conn.concurrency}, Options: options, Wait: f.wait}
	const few = 3 // so many starts can be followed step by step
	if f.wait && len(rows) <= few {
		o.Step = c.steps()
	}
	c.say("\n🔄 Starting %s...", command.Servers(len(rows)))
	return c.run(roster.PlanStart(at.hub, rows, o), startTold(f.wait), nil)
}

// steps tells of starts step by step.
func (c *console) steps() func(*roster.Item, client.Progress) {
	var mu sync.Mutex
	return func(x *roster.Item, p client.Progress) {
		if p.Ready || p.Failed { // which is the row's own line
			return
		}
		mu.Lock()
		defer mu.Unlock()
		c.say("  ⏳ %s: %d%% %s", x.FullName(), p.Percent, p.Message)
	}
}

func startTold(wait bool) wording {
	return wording{
		command: "servers start", strict: true,
		counters: []counter{
			{"✅ Ready", []string{roster.StatusReady}, wait, false},
			{"✅ Started", []string{client.StatusStarted}, !wait, false},
			{"✅ Already running", []string{client.StatusRunning}, !wait, false},
			{"❌ Failed", []string{client.StatusFailed, client.StatusNotFound}, true, true},
		},
		line: func(x *roster.Item) (string, bool) {
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

func newServersStop(c *console) *cobra.Command {
	var f stopFlags
	cmd := &cobra.Command{
		Use: "stop [NAME...]", Short: "Stop servers: by name, of a group, of a file's people, or everybody's",
		Long: `Stop servers. With --group, --file and --all it is each person's servers that run, the
named ones, too. People's files stay; what is not saved is lost.

They are asked to stop; --wait waits until they have.`,
		Example: c.example("stop alice bob/gpu", `stop --group "class 5a"`, "stop -f users.csv --wait", "stop --all"),
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.stopServers(c.begin(cmd), &f) },
	}
	f.add(cmd, "stop")
	cmd.Flags().BoolVar(&f.wait, "wait", false, "wait until they have stopped")
	return cmd
}

func (c *console) stopServers(ctx context.Context, f *stopFlags) error {
	at, err := c.connect(ctx)
	if err != nil {
		return err
	}
	rows, err := c.servers(ctx, at, &f.selection, "stop")
	if err != nil {
		return err
	}
	o := roster.ServersOptions{Pace: roster.Pace{Workers: c.conn.concurrency}, Wait: f.wait}
	c.say("\n🔄 Stopping %s...", command.Servers(len(rows)))
	return c.run(roster.PlanStop(at.hub, rows, o), stopTold(f.wait), nil)
}

func stopTold(wait bool) wording {
	doing := "Stopping"
	if wait {
		doing = "Stopped"
	}
	return wording{
		command: "servers stop", strict: true,
		counters: []counter{
			{"✅ Stopped", []string{client.StatusStopped}, true, false},
			{"✅ Not running", []string{client.StatusNotRunning}, true, false},
			{"❌ Failed", []string{client.StatusFailed, client.StatusNotFound}, true, true},
		},
		line: func(x *roster.Item) (string, bool) {
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
