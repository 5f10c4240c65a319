package roster

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/peoplefile"
)

// StatusReady is that a server that was waited for can be used.
const StatusReady = "ready"

// waiters is how many servers are waited for at once.
const waiters = 16

// ServersOptions say how servers are started or stopped.
type ServersOptions struct {
	Pace
	Options map[string]any // of a start; nil is those of the last one
	Wait    bool           // until they are ready, or at rest
	// Step is told how starts that are waited for get on, from several goroutines at once. It may be nil.
	Step func(*Item, client.Progress)

	whole bool // all rows are one batch, whatever their number
}

// ServerNamed reads "alice", somebody's default server, or "alice/gpu".
func ServerNamed(text string) Row {
	given, server, _ := strings.Cut(text, "/")
	name, err := peoplefile.Name(given)
	row := Row{Name: name, Server: server}
	if err == nil && strings.Contains(server, "/") {
		err = errors.New("a server is NAME or NAME/SERVER, not " + hub.Clip(text))
	}
	if err != nil {
		row.Bad = err.Error()
	}
	return row
}

// Everybody are rows for all people of the hub.
func Everybody(ctx context.Context, h Hub) ([]Row, error) {
	var rows []Row
	for u, err := range h.Client.Users(ctx, client.UserQuery{}) {
		if err != nil {
			return nil, err
		}
		rows = append(rows, Row{Name: u.Name})
	}
	return rows, nil
}

// Running are rows for the servers of people that run, or are on their way; somebody
// without any stays as they are. With nil for the people it is everybody's servers.
func Running(ctx context.Context, h Hub, people []Row) ([]Row, error) {
	active := map[string][]Row{}
	var all []Row
	for u, err := range h.Client.Users(ctx, client.UserQuery{State: "active"}) {
		if err != nil {
			return nil, err
		}
		for _, name := range slices.Sorted(maps.Keys(u.Servers)) {
			if Active(u.Servers[name]) {
				row := Row{Name: u.Name, Server: name}
				active[u.Name], all = append(active[u.Name], row), append(all, row)
			}
		}
	}
	if people == nil {
		return all, nil
	}
	var rows []Row
	for _, p := range people {
		servers := active[p.Name]
		if p.Bad != "" || len(servers) == 0 {
			rows = append(rows, p)
			continue
		}
		for _, row := range servers {
			row.Line = p.Line
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// Active tells whether a server runs, or is on its way to or from that.
func Active(s client.Server) bool { return s.Ready || s.Pending != "" }

// PlanStart starts servers.
func PlanStart(h Hub, rows []Row, o ServersOptions) *Job {
	bulk := func(ctx context.Context, a attempt, batch []*Item) error {
		req := client.BulkServersRequest{Servers: serversOf(batch), IdempotencyKey: a.key, Told: a.told}
		for i := range req.Servers {
			req.Servers[i].Options = o.Options
		}
		answer, err := h.Client.BulkServersStart(ctx, req)
		return takeAll(batch, answer, err)
	}
	return o.plan(h, intended(rows, client.StatusStarted), func(*Job) sender { return bulk }, o.startOne, o.ready)
}

// PlanStop stops servers.
func PlanStop(h Hub, rows []Row, o ServersOptions) *Job {
	bulk := func(ctx context.Context, a attempt, batch []*Item) error {
		answer, err := h.Client.BulkServersStop(ctx, client.BulkServersRequest{Servers: serversOf(batch), IdempotencyKey: a.key, Told: a.told})
		return takeAll(batch, answer, err)
	}
	return o.plan(h, intended(rows, client.StatusStopped), func(*Job) sender { return bulk }, o.stopOne, o.atRest)
}

// ForeseeStart asks what would become of servers that are started: nothing is done, and the job is not run.
func ForeseeStart(ctx context.Context, h Hub, rows []Row, o ServersOptions) (*Job, error) {
	return foreseeServers(ctx, h, rows, o.Options, h.Client.BulkServersStart, func(s client.Server, _ bool) string {
		if Active(s) {
			return client.StatusRunning
		}
		return client.StatusStarted
	})
}

// ForeseeStop asks what would become of servers that are stopped, likewise.
func ForeseeStop(ctx context.Context, h Hub, rows []Row) (*Job, error) {
	return foreseeServers(ctx, h, rows, nil, h.Client.BulkServersStop, func(s client.Server, known bool) string {
		switch {
		case !known:
			return client.StatusNotFound
		case Active(s):
			return client.StatusStopped
		}
		return client.StatusNotRunning
	})
}

// foreseeServers asks the hub, or, on a JupyterHub, tells by the servers that people have. The default server is known of
// everybody.
func foreseeServers(ctx context.Context, h Hub, rows []Row, options map[string]any,
	call func(context.Context, client.BulkServersRequest) (client.BulkAnswer, error), comes func(s client.Server, known bool) string,
) (*Job, error) {
	j := &Job{Items: itemsOf(rows)}
	if h.Atrium {
		return j, foresee(ctx, j.Items, func(ctx context.Context, batch []*Item) (client.BulkAnswer, error) {
			req := client.BulkServersRequest{Servers: serversOf(batch), DryRun: true}
			for i := range req.Servers {
				req.Servers[i].Options = options
			}
			return call(ctx, req)
		})
	}
	people := map[string]client.User{}
	for u, err := range h.Client.Users(ctx, client.UserQuery{}) {
		if err != nil {
			return nil, err
		}
		people[u.Name] = u
	}
	for _, x := range j.Items {
		u, exists := people[x.Name]
		switch s, known := u.Servers[x.Server]; {
		case x.Bad != "":
		case !exists:
			x.Status = client.StatusNotFound
		default:
			x.Status = comes(s, known || x.Server == "")
		}
	}
	return j, nil
}

// intended are items that are to be sent, but for the bad ones.
func intended(rows []Row, status string) []*Item {
	items := itemsOf(rows)
	for _, x := range items {
		x.intend(status)
	}
	return items
}

func serversOf(batch []*Item) []client.BulkServer {
	servers := make([]client.BulkServer, len(batch))
	for i, x := range batch {
		servers[i] = client.BulkServer{Username: x.Name, ServerName: x.Server}
	}
	return servers
}

// plan is a job of bulk requests, or, on a JupyterHub, of single ones. Where servers
// are waited for, all are asked for first, and told of as they get there.
func (o ServersOptions) plan(h Hub, items []*Item, bulk func(*Job) sender, one, wait func(context.Context, Hub, *Item) error) *Job {
	size := client.MaxRows
	if o.whole {
		size = max(1, len(items))
	}
	if !o.Wait && h.Atrium {
		j := o.long(items)
		j.send = bulk(j)
		if o.whole {
			j.batch = size
		}
		return j
	}
	workers := batchWorkers
	if o.Wait {
		workers = waiters
	}
	j := &Job{Items: items, batch: 1, workers: o.or(1, workers).Workers, loose: o.Wait, long: h.Atrium}
	j.send = func(ctx context.Context, _ attempt, batch []*Item) error {
		x := batch[0]
		if !h.Atrium {
			if err := one(ctx, h, x); err != nil {
				return err
			}
		}
		if !o.Wait || !x.underWay() {
			return nil
		}
		x.asked = true
		return wait(ctx, h, x)
	}
	if h.Atrium {
		j.askFirst(size, bulk(j))
	}
	return j
}

// askFirst has all servers asked for before any of them is waited for.
func (j *Job) askFirst(size int, bulk sender) {
	j.first = func(ctx context.Context, ask asker) error {
		return inBatches(ctx, planned(j.Items), size, 1, func(ctx context.Context, batch []*Item) error {
			known := len(j.Items)
			if err := ask(ctx, batch, bulk); err != nil {
				return err
			}
			for _, x := range slices.Concat(batch, j.Items[known:]) {
				x.send, x.asked = x.underWay(), x.underWay()
			}
			return nil
		})
	}
}

func planned(items []*Item) []*Item {
	var out []*Item
	for _, x := range items {
		if x.send {
			out = append(out, x)
		}
	}
	return out
}

// startOne starts a server where there is no bulk call.
func (o ServersOptions) startOne(ctx context.Context, h Hub, x *Item) error {
	_, err := h.Client.StartServer(ctx, x.Name, x.Server, client.StartOptions{UserOptions: o.Options})
	if err != nil && errors.Is(err, client.ErrInvalid) {
		if s, found, asked := lookAt(ctx, h, x); asked == nil && found && s.Ready {
			x.Status = client.StatusRunning
			return nil
		}
	}
	return x.one(err, client.StatusStarted)
}

// stopOne stops a server where there is no bulk call. Such a hub stops what is at
// rest without a word, so that it is asked first.
func (o ServersOptions) stopOne(ctx context.Context, h Hub, x *Item) error {
	s, found, err := lookAt(ctx, h, x)
	switch {
	case client.IsNotFound(err), err == nil && !found && x.Server != "":
		x.Status = client.StatusNotFound
		return nil
	case err == nil && !Active(s):
		x.Status = client.StatusNotRunning
		return nil
	case err != nil && !client.IsForbidden(err):
		return x.one(err, client.StatusStopped)
	}
	_, err = h.Client.StopServer(ctx, x.Name, x.Server, false)
	return x.one(err, client.StatusStopped)
}

func lookAt(ctx context.Context, h Hub, x *Item) (s client.Server, found bool, err error) {
	u, err := h.Client.User(ctx, x.Name)
	s, found = u.Servers[x.Server]
	return s, found, err
}

// ready waits until a server can be used.
func (o ServersOptions) ready(ctx context.Context, h Hub, x *Item) error {
	_, err := h.Client.WaitReady(ctx, x.Name, x.Server, func(p client.Progress) {
		if o.Step != nil {
			o.Step(x, p)
		}
	})
	failed, over := errors.AsType[*client.StartError](err)
	switch {
	case over:
		x.Status, x.Message = client.StatusFailed, strings.TrimPrefix(failed.Message, "Spawn failed: ") // the reason alone
		return nil
	case client.IsNotFound(err), errors.Is(err, client.ErrInvalid): // it is not starting any more
		s, _, asked := lookAt(ctx, h, x)
		if _, away := errors.AsType[*client.ConnectionError](asked); away {
			return o.ready(ctx, h, x) // which waits for it
		}
		if asked == nil && s.Ready {
			x.Status = StatusReady
			return nil
		}
		x.Status, x.Message = client.StatusFailed, "the start failed"
		if s.Failure != "" {
			x.Message += ": " + s.Failure
		}
		return nil
	}
	return x.one(err, StatusReady)
}

// atRest waits until a server has stopped.
func (o ServersOptions) atRest(ctx context.Context, h Hub, x *Item) error {
	s, err := h.Client.WaitStopped(ctx, x.Name, x.Server)
	if err == nil && Active(s) {
		x.Status, x.Message = client.StatusFailed, s.Failure
		return nil
	}
	return x.one(err, client.StatusStopped)
}
