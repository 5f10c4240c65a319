package client

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// homesPage is how many homes a page has, at most.
const homesPage = 1000

// Where the files of a home are.
const (
	HomeThere     = "there"     // in its folder, or about to be made
	HomeArchiving = "archiving" // being packed into an archive
	HomeArchived  = "archived"  // in the archive alone
	HomeUnpacking = "unpacking" // on the way back
)

// Home is a folder with somebody's files.
type Home struct {
	ID        string    `json:"id"`
	Owner     *string   `json:"owner"`      // whose it is; nil for nobody's
	LastOwner string    `json:"last_owner"` // whose it is, or was last
	State     string    `json:"state"`
	Path      string    `json:"path"` // on the machine that has it; empty while that is not known
	UID       *int64    `json:"uid"`  // of its files; nil while it is not made yet
	Archive   string    `json:"archive"`
	Attached  bool      `json:"attached"` // an administrator gave it to its owner
	Problem   string    `json:"problem"`
	Node      string    `json:"node"` // the machine's id, and what it calls itself
	Host      string    `json:"host"`
	Place     string    `json:"place"` // the folder of homes that it is in
	Created   time.Time `json:"created"`
	Changed   time.Time `json:"changed"`
}

// HomeQuery says which homes Homes yields. What is set must all hold.
type HomeQuery struct {
	Name    string // of whose they are, or were last
	Unowned bool   // only nobody's
	Offered bool   // only nobody's whose last owner has a namesake now
}

// Node is a machine that runs servers, or did.
type Node struct {
	ID       string     `json:"id"`
	Host     string     `json:"host"`
	Homes    string     `json:"homes"`     // the folder with people's homes
	Servers  int        `json:"servers"`   // on record as running there
	LastSeen *time.Time `json:"last_seen"` // nil for never
}

func (q HomeQuery) values() url.Values {
	v := url.Values{"limit": {count(homesPage)}}
	if q.Name != "" {
		v.Set("name", q.Name)
	}
	if q.Unowned {
		v.Set("unowned", "true")
	}
	if q.Offered {
		v.Set("offered", "true")
	}
	return v
}

// Homes yields people's homes, by id, page by page. It is Atrium's; on JupyterHub it is ErrNotAtrium. It ends with the
// first error, which comes with no home.
func (c *Client) Homes(ctx context.Context, q HomeQuery) iter.Seq2[Home, error] {
	return func(yield func(Home, error) bool) {
		if err := c.needAtrium(ctx, "list homes"); err != nil {
			yield(Home{}, err)
			return
		}
		query := q.values()
		for {
			items, next, err := c.homesPage(ctx, query)
			if err != nil {
				yield(Home{}, err)
				return
			}
			for _, h := range items {
				if !yield(h, nil) {
					return
				}
			}
			if next <= query.Get("after") { // none, or one that leads nowhere
				return
			}
			query.Set("after", next)
		}
	}
}

// homesPage is a page, and after which home the next one begins; empty for none.
func (c *Client) homesPage(ctx context.Context, query url.Values) ([]Home, string, error) {
	var said struct {
		Items []Home `json:"items"`
		Next  *struct {
			After string `json:"after"`
		} `json:"next"`
	}
	_, err := c.do(ctx, call{method: http.MethodGet, route: at("/homes"), query: query, safe: true, read: into(&said)})
	if err != nil || said.Next == nil {
		return said.Items, "", err
	}
	return said.Items, said.Next.After, nil
}

// Home is one home by its id.
func (c *Client) Home(ctx context.Context, id string) (Home, error) {
	return c.homeCall(ctx, "show a home", http.MethodGet, homeRoute(id), nil)
}

// AttachHome gives somebody a home that is nobody's; the one that they have had is nobody's then.
func (c *Client) AttachHome(ctx context.Context, id, username string) (Home, error) {
	return c.homeCall(ctx, "attach a home", http.MethodPost, homeRoute(id).then("/attach"), map[string]string{"username": username})
}

// ArchiveHome asks for a home that is nobody's to be packed into a file. It does not wait for that.
func (c *Client) ArchiveHome(ctx context.Context, id string) (Home, error) {
	return c.homeCall(ctx, "archive a home", http.MethodPost, homeRoute(id).then("/archive"), nil)
}

// DetachHome takes somebody's home from them, and gives it as it is then.
func (c *Client) DetachHome(ctx context.Context, username string) (Home, error) {
	return c.homeCall(ctx, "detach a home", http.MethodPost, userRoute(username).then("/detach-home"), nil)
}

func (c *Client) homeCall(ctx context.Context, what, method string, to route, body any) (h Home, err error) {
	if err := c.needAtrium(ctx, what); err != nil {
		return h, err
	}
	_, err = c.do(ctx, call{method: method, route: to, body: body, safe: true, read: into(&h)})
	return h, err
}

// Nodes lists the machines that run servers, or did.
func (c *Client) Nodes(ctx context.Context) (nodes []Node, err error) {
	if err := c.needAtrium(ctx, "list nodes"); err != nil {
		return nil, err
	}
	_, err = c.do(ctx, call{method: http.MethodGet, route: at("/nodes"), safe: true, read: into(&nodes)})
	return nodes, err
}

// ForgetNode gives up all servers of a machine that is gone, by its id or its host's name.
func (c *Client) ForgetNode(ctx context.Context, node string) (answer BulkAnswer, err error) {
	if err := c.needAtrium(ctx, "forget a node"); err != nil {
		return answer, err
	}
	_, err = c.do(ctx, call{
		method: http.MethodPost, route: at(forgetPath), body: map[string]string{"node": node}, safe: true, bulk: true, read: into(&answer),
	})
	return answer, err
}

// ForgetServers gives up servers whose machine is gone: StatusForgotten, or StatusNotRunning.
func (c *Client) ForgetServers(ctx context.Context, servers []BulkServer) (BulkAnswer, error) {
	return c.bulkCall(ctx, BulkServersRequest{Servers: servers}.work(forgetPath))
}

const forgetPath = "/bulk/servers/forget"

func homeRoute(id string) route { return at("/homes").name("home", id) }
