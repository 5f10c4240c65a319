package talk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/credentials"
	"github.com/atriumhub/atrium/internal/manage/roster"
)

// defaultHub is where the guide's hub is.
const defaultHub = "http://localhost:30890"

// connectFlags say which hub a command speaks to, and as whom.
type connectFlags struct {
	url, token, tokenFile string
	caFile                string
	concurrency           int
	timeout               time.Duration
}

func (f *connectFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "url", "", "the hub's `address` (default: JUPYTERHUB_URL, else a hub on this machine, else "+defaultHub+")")
	flags.StringVar(&f.token, "token", "", "API `token` (default: JUPYTERHUB_TOKEN); others can see it in the list of processes")
	flags.StringVar(&f.tokenFile, "token-file", "", "`file` that holds the API token")
	flags.StringVar(&f.caFile, "ca-file", "", "PEM `file` with the authority that has signed the hub's certificate, besides those that the system trusts")
	flags.IntVar(&f.concurrency, "concurrency", 0, "how many requests go out at once (default: 4, 2 with passwords, 1 where many rows are a job of the hub's)")
	flags.Var((*seconds)(&f.timeout), "timeout", "how long to wait for an answer, such as 30s or 5m (default: 1m, and 10m for many rows)")
}

// seconds is a duration, as such or in seconds.
type seconds time.Duration

func (s *seconds) String() string { return "" }
func (s *seconds) Type() string   { return "duration" }
func (s *seconds) Set(text string) error {
	if n, err := strconv.Atoi(text); err == nil {
		text = strconv.Itoa(n) + "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		return errors.New("must be a time such as 30s or 5m")
	}
	*s = seconds(d)
	return nil
}

// access is where the hub is and who asks, and how each is known: for what people are
// told when it is wrong.
type access struct{ url, urlFrom, token, TokenFrom string }

// shown is the address as it may be printed.
func (a access) shown() string {
	u, err := url.Parse(a.url)
	if err != nil {
		return "the one that was given"
	}
	return u.Redacted()
}

// find applies the contract: the flag, the environment, the file of a hub on this
// machine, whose token goes to that hub alone.
func (f connectFlags) find(e *command.Env) (a access, err error) {
	a.url, a.urlFrom = f.url, "--url"
	if a.url == "" {
		a.url, _ = e.Lookup("JUPYTERHUB_URL")
		a.urlFrom = "JUPYTERHUB_URL"
	}
	switch {
	case f.token != "":
		a.token, a.TokenFrom = f.token, "--token"
	case f.tokenFile != "":
		if a.token, err = tokenIn(f.tokenFile); err != nil {
			return a, err
		}
		a.TokenFrom = "the file " + f.tokenFile
	default:
		a.token, _ = e.Lookup("JUPYTERHUB_TOKEN")
		a.TokenFrom = "JUPYTERHUB_TOKEN"
	}
	if a.token = strings.TrimSpace(a.token); a.token == "" {
		a.fromFile(e)
	}
	if a.url == "" {
		a.url, a.urlFrom = defaultHub, ""
	}
	a.url = strings.TrimRight(strings.TrimSpace(a.url), "/")
	return a, nil
}

func tokenIn(path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // the person's own choice
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, 8<<10))
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" {
		return "", fmt.Errorf("the file %s holds no token", path)
	}
	return token, nil
}

// fromFile takes what a hub on this machine has written down.
func (a *access) fromFile(e *command.Env) {
	cfg, _, err := config.Load("", e.Environ, os.ReadFile)
	if err != nil {
		return
	}
	path := filepath.Join(cfg.DataDir, credentials.File)
	c, there := credentials.Read(path)
	if !there || c.URL == "" || c.APIToken == "" {
		return
	}
	if a.url == "" {
		a.url, a.urlFrom = c.URL, path
	}
	if strings.TrimRight(a.url, "/") == strings.TrimRight(c.URL, "/") {
		a.token, a.TokenFrom = c.APIToken, path
	}
}

// Connection is a hub that answered, and takes the token.
type Connection struct {
	access
	Client *client.Client
	Hub    roster.Hub
}

// Connect finds the hub, and says how it went.
func (c *Console) Connect(ctx context.Context) (*Connection, error) {
	a, err := c.conn.find(c.Env)
	if err != nil {
		return nil, c.Fail("Error: %s", err)
	}
	if c.conn.token != "" {
		c.Warn("the token given with --token can be seen by everybody on this machine, in the list of processes. JUPYTERHUB_TOKEN and --token-file are safer.")
	}
	if a.token == "" {
		if a, err = c.askToken(ctx, a); err != nil {
			return nil, err
		}
	}
	roots, err := trusted(c.conn.caFile)
	if err != nil {
		return nil, c.Fail("Error: %s", err)
	}
	if plainAndFar(a.url) {
		c.Warn("%s is not encrypted: whoever is on the way there can read the token. Use https.", a.shown())
	}
	options := client.Options{
		URL: a.url, Token: a.token, Timeout: c.conn.timeout, BulkTimeout: c.conn.timeout,
		Concurrency: c.conn.concurrency, UserAgent: "atrium/" + command.Version(), Retries: -1, RootCAs: roots,
	}
	if err := probe(ctx, options); err != nil {
		return nil, c.notConnected(a, err)
	}
	options.Retries = 0
	hub, err := client.New(options)
	if err != nil {
		return nil, c.notConnected(a, err)
	}
	info, err := hub.Hub(ctx)
	if err != nil {
		return nil, c.notConnected(a, err)
	}
	if _, err := hub.Me(ctx); client.IsUnauthorized(err) {
		return nil, c.notKnown(a)
	} else if err != nil && !client.IsForbidden(err) { // a token may be allowed less than to say whose it is
		return nil, c.notConnected(a, err)
	}
	c.Say("✅ Connected to JupyterHub at %s", a.shown())
	return &Connection{access: a, Client: hub, Hub: roster.Hub{Client: hub, Atrium: info.IsAtrium()}}, nil
}

// probe asks once whether something answers: a wrong address shall not be tried for seconds.
func probe(ctx context.Context, options client.Options) error {
	hub, err := client.New(options)
	if err != nil {
		return err //nolint:wrapcheck // it says what is wrong with the address
	}
	_, err = hub.Hub(ctx)
	if broken, noAnswer := errors.AsType[*client.ConnectionError](err); noAnswer && (broken.Kind == client.Refused || broken.Kind == client.DNS) {
		return err //nolint:wrapcheck // told as it is
	}
	return nil
}

func (c *Console) askToken(ctx context.Context, a access) (access, error) {
	file, ok := c.Env.In.(*os.File)
	if c.Script || !ok || !term.IsTerminal(int(file.Fd())) {
		c.Complain("❌ Error: API token required")
		c.Complain("Set JUPYTERHUB_TOKEN environment variable or use --token")
		if !c.Script {
			c.Complain("A token is made on the hub's token page, %s/hub/token", a.shown())
		}
		return a, &command.StatusError{Status: command.ExitNotStart}
	}
	fmt.Fprintf(c.Env.Err, "API token for %s: ", a.shown())
	text, err := term.ReadPassword(int(file.Fd()))
	fmt.Fprintln(c.Env.Err)
	a.token, a.TokenFrom = strings.TrimSpace(string(text)), "the prompt"
	if err != nil || a.token == "" || ctx.Err() != nil {
		return a, c.Fail("Error: API token required")
	}
	return a, nil
}

// plainAndFar tells of an address without encryption that is not this machine.
func plainAndFar(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && !config.LocalHost(u.Hostname())
}

// notConnected says that no hub answered, which address was tried, and how to name another.
func (c *Console) notConnected(a access, err error) error {
	if ctxErr := context.Cause(c.Ctx); ctxErr != nil && errors.Is(err, ctxErr) {
		return err
	}
	api, answered := errors.AsType[*client.APIError](err)
	broken, noAnswer := errors.AsType[*client.ConnectionError](err)
	switch {
	case answered:
		c.Complain("❌ Connection failed with status %d", api.Status)
		c.Complain("Response: %s", api.Message)
		if api.Status == http.StatusBadRequest {
			c.perhapsHTTPS(a)
		}
		return &command.StatusError{Status: command.ExitNotStart}
	case noAnswer && broken.Kind == client.TLS:
		return c.notTrusted(a, broken.Err)
	case errors.Is(err, client.ErrNotHub):
		c.Complain("❌ Connection error: what answers at %s is not a hub", a.shown())
		c.perhapsHTTPS(a)
	case noAnswer && broken.Kind == client.Refused:
		c.Complain("❌ Connection error: Connection refused: nothing listens at %s", a.shown())
	case noAnswer:
		c.Complain("❌ Connection error: %s", broken)
	default:
		c.Complain("❌ Connection error: %s", err)
	}
	from := "nothing else was said"
	if a.urlFrom != "" {
		from = "it comes from " + a.urlFrom
	}
	c.Complain("   The address tried is %s (%s). Check that the hub is running, or set its address:", a.shown(), from)
	c.Complain("   export JUPYTERHUB_URL=\"https://your-domain.com\"   or   --url https://your-domain.com")
	return &command.StatusError{Status: command.ExitNotStart}
}

// notKnown says that the hub doesn't know the token, which one that was (not its
// text), and how to get another.
func (c *Console) notKnown(a access) error {
	c.Complain("❌ Authentication failed: %s does not accept the token from %s", a.shown(), a.TokenFrom)
	c.Complain("   Make a new one on the hub's token page, %s/hub/token, and set it:", strings.TrimSuffix(a.shown(), "/hub"))
	c.Complain("   export JUPYTERHUB_TOKEN=...   or   --token-file FILE")
	return &command.StatusError{Status: command.ExitNotStart}
}

// Workers is how many requests are to go out at once, if that was said.
func (c *Console) Workers() int { return c.conn.concurrency }

// Begin is what each command that speaks to a hub begins with.
func (c *Console) Begin(cmd *cobra.Command) context.Context {
	c.Ctx = cmd.Context()
	return c.Ctx
}
