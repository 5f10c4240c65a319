package client

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// What Options stand for where they are left out.
const (
	DefaultTimeout     = time.Minute
	DefaultBulkTimeout = 10 * time.Minute
	DefaultConcurrency = 4
	DefaultRetries     = 4
	DefaultUserAgent   = "atrium-client"
)

// Options tell how to reach a hub, and as whom. Only URL is needed.
type Options struct {
	// URL is the hub's address, http or https, as people write it: "http://host:8000", with a base URL
	// ("https://host/jupyter"), and with or without "/hub" or "/hub/api" and slashes at its end.
	URL string

	// Token is an API token. It goes into the Authorization header of requests to this address, and nowhere else.
	// Without it Client.Hub alone works.
	Token string

	// HTTPClient is used for its transport, cookies and time limit; nil makes one that keeps connections open and
	// honours HTTPS_PROXY and its like. It is copied: how redirects are followed is the Client's own business. A time
	// limit of its own holds for streams of progress, too.
	HTTPClient *http.Client

	// RootCAs are the authorities of which one must have signed the hub's certificate; nil is those that the system
	// trusts. A transport of HTTPClient's own decides for itself.
	RootCAs *x509.CertPool

	UserAgent string       // DefaultUserAgent if empty
	Logger    *slog.Logger // is told of retries, at debug level, without names' contents or secrets; nil for silence

	// Timeout is how long one attempt may take, from the first byte to the answer's last. 0 is DefaultTimeout.
	Timeout time.Duration

	// BulkTimeout is the same for the bulk calls, which may have thousands of passwords to hash: 0 is
	// DefaultBulkTimeout, and it is never less than Timeout.
	BulkTimeout time.Duration

	// Concurrency is how many requests are under way at once, whoever asks; further ones wait. 0 is DefaultConcurrency.
	// Streams of progress do not count.
	Concurrency int

	// Retries is how often a request is sent again after its first attempt, where that is safe. 0 is DefaultRetries,
	// less is never.
	Retries int
}

// String is the options without their token.
func (o Options) String() string {
	return fmt.Sprintf("{URL:%s Token:%s UserAgent:%s Timeout:%s Concurrency:%d Retries:%d}",
		withoutSecrets(o.URL), given(o.Token), o.UserAgent, o.Timeout, o.Concurrency, o.Retries)
}

// GoString is String, so that no way of printing tells the token.
func (o Options) GoString() string { return "client.Options" + o.String() }

// LogValue is String, so that no log tells the token.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }

func given(secret string) string {
	if secret == "" {
		return ""
	}
	return "[given]"
}

// withoutSecrets is an address without what may be one: a name and password before the host, and a query.
func withoutSecrets(address string) string {
	address, _, _ = strings.Cut(address, "?")
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		return "[…]" + address[at:]
	}
	return address
}

// A Client speaks to one hub. It is safe for use by several goroutines, and there is nothing to close.
type Client struct {
	base      *url.URL // of the hub's API, without a slash at the end
	authorise func(*http.Request)
	redact    func(string) string
	http      *http.Client
	agent     string
	log       *slog.Logger
	timeout   time.Duration
	bulk      time.Duration
	retries   int
	slots     chan struct{}
	pause     pauser

	mu    sync.Mutex
	known *HubInfo // once asked for
}

// New makes a client of a hub. It sends nothing: Client.Hub tells whether a hub answers, and Client.Me whether it takes
// the token. Errors name what is wrong with the options, never the token, nor an address that holds a password.
func New(o Options) (*Client, error) {
	base, err := parseURL(o.URL)
	if err != nil {
		return nil, err
	}
	token := strings.TrimSpace(o.Token)
	if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the token has characters that no token has: only the token itself must be given")
	}
	c := &Client{
		base: base, agent: o.UserAgent, log: o.Logger, timeout: o.Timeout, bulk: o.BulkTimeout, retries: o.Retries, pause: sleep,
		// In closures, so that printing a Client prints no token.
		authorise: func(*http.Request) {},
		redact:    func(text string) string { return text },
	}
	if token != "" {
		c.authorise = func(r *http.Request) { r.Header.Set("Authorization", "token "+token) }
		c.redact = func(text string) string { return strings.ReplaceAll(text, token, "[token]") }
	}
	c.fill(o.Concurrency)
	c.http = httpClient(o.HTTPClient, o.RootCAs, cap(c.slots))
	return c, nil
}

func (c *Client) fill(concurrency int) {
	if c.agent == "" {
		c.agent = DefaultUserAgent
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.timeout <= 0 {
		c.timeout = DefaultTimeout
	}
	if c.bulk <= 0 {
		c.bulk = DefaultBulkTimeout
	}
	c.bulk = max(c.bulk, c.timeout)
	if c.retries == 0 {
		c.retries = DefaultRetries
	}
	if concurrency <= 0 {
		concurrency = DefaultConcurrency
	}
	c.slots = make(chan struct{}, concurrency)
}

// httpClient is the given client, or one of its own, that follows redirects as it should.
func httpClient(base *http.Client, roots *x509.CertPool, connections int) *http.Client {
	out := &http.Client{}
	if base != nil {
		*out = *base
	}
	if out.Transport == nil {
		transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
		if std, ok := http.DefaultTransport.(*http.Transport); ok {
			transport = std.Clone()
		}
		transport.MaxIdleConnsPerHost = connections
		if roots != nil {
			transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		}
		out.Transport = transport
	}
	out.CheckRedirect = mayFollow
	return out
}

// maxRedirects is how often a request may be sent on.
const maxRedirects = 5

// mayFollow lets a request be sent on as it is, within one origin: elsewhere the token would be told to somebody else.
// Where it may not, the redirect itself is the answer.
func mayFollow(next *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || next.Method != first.Method || originOf(next.URL) != originOf(first.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

func originOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[strings.ToLower(u.Scheme)]
	}
	return strings.ToLower(u.Scheme + "://" + u.Hostname() + ":" + port)
}

// parseURL is the address of the hub's API. What it refuses it does not repeat, since it may hold a password.
func parseURL(address string) (*url.URL, error) {
	address = strings.TrimSpace(address)
	if address == "" {
		return nil, errors.New("no address of a hub is given")
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("the hub's address is not a URL: it looks like http://host:8000")
	case u.User != nil:
		return nil, errors.New("the hub's address must not hold a name or password: give a token instead")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, errors.New("the hub's address must begin with http:// or https://")
	case u.Hostname() == "":
		return nil, errors.New("the hub's address has no host: it looks like http://host:8000")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return nil, errors.New("the hub's address must end before any ? or #")
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/hub/api"), "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/hub"), "/")
	out := &url.URL{Scheme: u.Scheme, Host: u.Host}
	if err := setPath(out, path+"/hub/api"); err != nil {
		return nil, errors.New("the hub's address has a path that is not escaped well")
	}
	return out, nil
}

// setPath sets an escaped path, so that it goes out exactly like this.
func setPath(u *url.URL, escaped string) (err error) {
	u.RawPath = escaped
	u.Path, err = url.PathUnescape(escaped)
	return err
}

// URL is the address of the hub's API, without a slash at its end: "http://host:8000/hub/api".
func (c *Client) URL() string { return c.base.String() }

// String names the hub.
func (c *Client) String() string { return "client of " + c.URL() }

// GoString is String.
func (c *Client) GoString() string { return c.String() }
