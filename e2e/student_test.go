package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// mostMemory is what the hub may hold at any time while somebody tries all this.
const mostMemory = 200 << 20

// curious is a student without any right, who tries what the hub stands.
type curious struct {
	t     *testing.T
	h     *hub
	token string
	open  []net.Conn
}

// One student tries it all: 20,000 tokens, bodies of any size and kind on ten connections, lists that nobody reads. They are
// told what is too much, the hub stays small, and others log in and work meanwhile.
func TestOneStudentAgainstAll(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: trivialConfig() + `
groups: {cs101: {users: [tutor]}}
roles:
  - {name: tutor, scopes: ["groups!group=cs101", "read:groups!group=cs101"], users: [tutor]}
`})
	admin := h.Admin()
	admin.Do(http.MethodPost, "/hub/api/bulk/users", `{"users": [{"username": "bob", "password": "a-password-of-bob"}]}`, http.StatusOK)
	ann := &curious{t: t, h: h, token: admin.NewUser("ann").token}
	tutor := &curious{t: t, h: h, token: admin.TokenOf("tutor").token}
	for _, what := range []struct {
		name string
		try  func()
	}{
		{"tokens", ann.manyTokens},
		{"bodies that they may not send", ann.bodiesOfOthers},
		{"bodies that are too large", ann.largeBodies},
		{"bodies that never end", ann.endlessBodies},
		{"forms", ann.forms},
		{"servers and shares", ann.manyServers},
		{"lists that nobody reads", ann.unreadLists},
		{"properties of a group", tutor.largeProperties},
	} {
		others := bobWorks(t, h)
		what.try()
		if rounds := others(); rounds == 0 {
			t.Errorf("%s: somebody else got nothing done", what.name)
		}
		t.Logf("%s: at most %d MB of memory until then, %d MB of heap", what.name, peakMemory(t, h)>>20, heapFromSystem(t, h)>>20)
	}
	if peak := peakMemory(t, h); peak > mostMemory {
		t.Errorf("the hub held %d MB of memory, want at most %d", peak>>20, mostMemory>>20)
	}
	if heap := heapFromSystem(t, h); heap > mostMemory {
		t.Errorf("the hub's heap had %d MB, want at most %d", heap>>20, mostMemory>>20)
	}
	if page := admin.Do(http.MethodGet, "/hub/api/audit?limit=200", nil, http.StatusOK); len(page.Body) > 2<<20 {
		t.Errorf("a page of the audit log has %d bytes", len(page.Body))
	}
}

// bobWorks logs somebody else in, who lists what is theirs, again and again, until the function that it gives is called. That
// says how often all of it went well.
func bobWorks(t *testing.T, h *hub) (stop func() (rounds int)) {
	t.Helper()
	done, ended := make(chan struct{}), make(chan int)
	go func() {
		rounds := 0
		defer func() { ended <- rounds }()
		for ok := true; ok; {
			select {
			case <-done:
				ok = rounds == 0 // once, if the others were quick
			default:
			}
			if !ok {
				return
			}
			if err := bobWorksOnce(h); err != nil {
				t.Errorf("somebody else: %v", err)
				return
			}
			rounds++
		}
	}()
	return func() int {
		close(done)
		return <-ended
	}
}

func bobWorksOnce(h *hub) error {
	got, err := h.As("").Try(http.MethodPost, "/hub/api/authorizations/token", map[string]string{"username": "bob", "password": "a-password-of-bob"})
	if err != nil {
		return err
	}
	var made struct{ Token string }
	if err := json.Unmarshal(got.Body, &made); err != nil || made.Token == "" {
		return fmt.Errorf("a token for a password: %d %s", got.Status, shorten(got.Body))
	}
	for _, path := range []string{"/hub/api/user", "/hub/api/users/bob/tokens", "/hub/api/users/bob"} {
		if got, err := h.As(made.Token).Try(http.MethodGet, path, nil); err != nil || got.Status != http.StatusOK {
			return fmt.Errorf("GET %s: %d %s %w", path, got.Status, shorten(got.Body), err)
		}
	}
	large := `{"note": "mine"}` + strings.Repeat(" ", 20<<10) // which needs room
	if got, err := h.As(made.Token).Try(http.MethodPost, "/hub/api/users/bob/tokens", large); err != nil || got.Status != http.StatusCreated && !strings.Contains(string(got.Body), "the maximum of") {
		return fmt.Errorf("a token: %d %s %w", got.Status, shorten(got.Body), err)
	}
	return nil
}

// status reads a line of the hub's /proc/PID/status, in bytes.
func peakMemory(t *testing.T, h *hub) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return number(t, text, `VmHWM:\s*(\d+) kB`) << 10
}

// heapFromSystem is all memory that the hub's heap ever had at a time.
func heapFromSystem(t *testing.T, h *hub) int {
	t.Helper()
	return number(t, h.Admin().Do(http.MethodGet, "/hub/metrics", nil, http.StatusOK).Body, `(?m)^go_memstats_heap_sys_bytes (\S+)`)
}

func number(t *testing.T, text []byte, pattern string) int {
	t.Helper()
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if found == nil {
		t.Fatalf("no %s in %s", pattern, shorten(text))
	}
	n, err := strconv.ParseFloat(string(found[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return int(n)
}

// client keeps as many connections open as it needs.
func (c *curious) client() *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 16, ExpectContinueTimeout: time.Minute}
	c.t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 2 * time.Minute}
}

// send sends a body that is said to be of that size; -1: it is not said.
func (c *curious) send(client *http.Client, method, path string, body io.Reader, size int64) (answer, error) {
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, c.h.URL+path, body)
	if err != nil {
		return answer{}, err
	}
	req.ContentLength = size
	req.Header.Set("Authorization", "token "+c.token)
	req.Header.Set("Expect", "100-continue") // whoever is refused is told before they send
	return send(client, req)
}

// manyTokens asks for 20,000.
func (c *curious) manyTokens() {
	const asked, limit = 20_000, 1000
	client := c.client()
	var made, refused atomic.Int64
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range asked / 10 {
				body := `{"note": "` + strings.Repeat("x", 200) + `"}`
				got, err := c.send(client, http.MethodPost, "/hub/api/users/ann/tokens", strings.NewReader(body), int64(len(body)))
				switch {
				case err != nil:
					c.t.Error(err)
					return
				case got.Status == http.StatusCreated:
					made.Add(1)
				case got.Status == http.StatusBadRequest && strings.Contains(string(got.Body), "already has the maximum of 1000 API tokens"):
					refused.Add(1)
				case got.Status != http.StatusTooManyRequests:
					c.t.Errorf("a token: %d %s", got.Status, shorten(got.Body))
				}
			}
		})
	}
	all.Wait()
	if made.Load() != limit-1 || refused.Load() == 0 { // they had one before
		c.t.Errorf("%d tokens were made, %d refused", made.Load(), refused.Load())
	}
}

// onTen sends on ten connections at once, and wants one of the answers each time.
func (c *curious) onTen(method, path string, body func() io.Reader, size int64, status int, words string) {
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			got, err := c.send(c.client(), method, path, body(), size)
			if err != nil || got.Status != status || !strings.Contains(string(got.Body), words) {
				c.t.Errorf("%s %s with %d bytes: %d %s (%v), want %d %q", method, path, size, got.Status, shorten(got.Body), err, status, words)
			}
		})
	}
	all.Wait()
}

// bodiesOfOthers are for what only others may do: not a byte is waited for.
func (c *curious) bodiesOfOthers() {
	for _, path := range []string{
		"/hub/api/users", "/hub/api/bulk/users", "/hub/api/groups", "/hub/api/groups/cs101/properties", "/hub/api/services/x",
		"/hub/api/users/bob/tokens", "/hub/admin/api/provision-users",
	} {
		method := http.MethodPost
		if strings.HasSuffix(path, "properties") {
			method = http.MethodPut
		}
		c.onTen(method, path, func() io.Reader { return &blank{left: 100 << 20} }, 100<<20, http.StatusForbidden, "")
	}
}

// largeBodies are for what they may do.
func (c *curious) largeBodies() {
	const tooLarge = http.StatusRequestEntityTooLarge
	tokens := "/hub/api/users/ann/tokens"
	spaces := func(n int) func() io.Reader { return func() io.Reader { return &blank{left: n} } }
	c.onTen(http.MethodPost, tokens, spaces(100<<20), 100<<20, tooLarge, "larger than 1048576 bytes")
	c.onTen(http.MethodPost, "/hub/api/bulk/servers/start", spaces(100<<20), 100<<20, tooLarge, "larger than 1048576 bytes")
	list := func(item string, bytes int) string {
		return `{"scopes": [` + strings.Repeat(item+",", bytes/(len(item)+1)) + item + `]}`
	}
	for _, refused := range []struct {
		body   string
		status int
		words  string
	}{
		{list(`""`, 1<<20-100), tooLarge, "may have at most 52428"},
		{list(`{}`, 1<<20-100), tooLarge, "may have at most 52428"},
		{list(`"access:servers!server=ann/x"`, 1<<20-100), http.StatusBadRequest, "API tokens"},
	} {
		c.inTurn(http.MethodPost, tokens, refused.body, refused.status, refused.words)
	}
}

// inTurn sends a body on ten connections again and again. Some are told to wait; what is told to those who are heard must be
// the same for all.
func (c *curious) inTurn(method, path, body string, status int, words string) {
	var heard atomic.Int64
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			client := c.client()
			for range 5 {
				got, err := c.send(client, method, path, strings.NewReader(body), int64(len(body)))
				switch {
				case err != nil:
					c.t.Error(err)
				case got.Status == status && strings.Contains(string(got.Body), words):
					heard.Add(1)
				case got.Status != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "":
					c.t.Errorf("%s %s with %.40s…: %d %s, want %d %q", method, path, body, got.Status, shorten(got.Body), status, words)
				}
			}
		})
	}
	all.Wait()
	if heard.Load() == 0 {
		c.t.Errorf("%s %s with %.40s…: never %d", method, path, body, status)
	}
}

// endlessBodies are begun on ten connections and never ended.
func (c *curious) endlessBodies() {
	defer c.hangUp()
	for range 10 {
		for _, length := range []string{"Content-Length: 1048576", "Transfer-Encoding: chunked"} {
			conn := c.raw("POST /hub/api/users/ann/tokens HTTP/1.1\r\nHost: hub\r\nAuthorization: token " + c.token + "\r\n" + length + "\r\n\r\n")
			text := strings.Repeat(" ", 500<<10)
			if strings.HasPrefix(length, "T") {
				text = fmt.Sprintf("%x\r\n%s\r\n", len(text), text)
			}
			go func() { _, _ = io.WriteString(conn, text) }()
		}
	}
	bobWorksOnceMore(c.t, c.h)
}

// raw is a connection of which nothing is read.
func (c *curious) raw(request string) net.Conn {
	conn, err := net.Dial("tcp", c.h.Addr)
	if err != nil {
		c.t.Fatal(err)
	}
	c.open = append(c.open, conn)
	_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	if _, err := io.WriteString(conn, request); err != nil {
		c.t.Fatal(err)
	}
	return conn
}

// hangUp ends all raw connections.
func (c *curious) hangUp() {
	for _, conn := range c.open {
		_ = conn.Close()
	}
	c.open = nil
}

// patiently asks as somebody who comes back when told to.
func (c *curious) patiently(method, path string, body any) (got answer) {
	c.t.Helper()
	eventually(c.t, method+" "+path+" is not refused for what else is under way", startPatience, func() bool {
		var err error
		if got, err = c.h.As(c.token).Try(method, path, body); err != nil {
			c.t.Fatal(err)
		}
		return got.Status != http.StatusTooManyRequests
	})
	return got
}

// bobWorksOnceMore is for after something has begun that does not end.
func bobWorksOnceMore(t *testing.T, h *hub) {
	t.Helper()
	if err := bobWorksOnce(h); err != nil {
		t.Errorf("somebody else: %v", err)
	}
}

// forms are of pages, which know people by cookies.
func (c *curious) forms() {
	h := c.h
	cookies := func() *browser {
		b := h.Browser()
		b.Claim("curious", "a-password-of-the-curious", "")
		return b
	}
	h.Admin().Do(http.MethodPost, "/hub/api/users/curious", nil, http.StatusCreated)
	b := cookies()
	xsrf := b.Open("/hub/token").XSRF(c.t)
	large := url.Values{"note": {strings.Repeat("x", 2<<20)}, "_xsrf": {xsrf}}
	if p := b.Send(http.MethodPost, "/hub/token", large, http.Header{"Expect": {"100-continue"}}); p.Status != http.StatusRequestEntityTooLarge {
		c.t.Errorf("a large form: %d %s", p.Status, shorten(p.Body))
	}
	if p := b.Send(http.MethodPost, "/hub/token", url.Values{"note": {"x"}, "_xsrf": {xsrf}, "scopes": {strings.Repeat("self ", 100_000)}}, nil); p.Status != http.StatusOK {
		c.t.Errorf("a scope said often: %d %s", p.Status, shorten(p.Body))
	}
	// Ann's page, by a login of hers.
	h.Admin().Do(http.MethodPost, "/hub/api/bulk/users/passwords", `{"users": [{"username": "ann", "password": "a-password-of-ann"}], "must_change_password": false}`, http.StatusOK)
	anns := h.Browser()
	anns.LogIn("ann", "a-password-of-ann", "")
	page := anns.Open("/hub/token")
	if page.Status != http.StatusOK || len(page.Body) > 512<<10 {
		c.t.Errorf("the page of ann's tokens: %d, %d bytes", page.Status, len(page.Body))
	}
}

// manyServers are named servers, with large options, and codes to share them.
func (c *curious) manyServers() {
	options := map[string]any{"user_options": map[string]string{"text": strings.Repeat("x", 60<<10)}}
	refused := 0
	for i := range 30 {
		switch got := c.patiently(http.MethodPut, fmt.Sprintf("/hub/api/users/ann/servers/s%d", i), options); got.Status {
		case http.StatusCreated:
		case http.StatusBadRequest:
			refused++
		default:
			c.t.Errorf("server %d: %d %s", i, got.Status, shorten(got.Body))
		}
	}
	if refused != 20 {
		c.t.Errorf("%d of 30 servers were refused", refused)
	}
	c.h.As(c.token).Do(http.MethodPost, "/hub/api/share-codes/ann/s0", nil, http.StatusForbidden, http.StatusNotFound)
}

// unreadLists are asked for on a hundred connections and not read.
func (c *curious) unreadLists() {
	defer c.hangUp()
	for _, path := range []string{"/hub/api/users/ann/tokens", "/hub/api/users/ann?include_stopped_servers", "/hub/api/user?include_stopped_servers"} {
		for range 100 {
			c.raw("GET " + path + " HTTP/1.1\r\nHost: hub\r\nAuthorization: token " + c.token + "\r\n\r\n")
		}
		bobWorksOnceMore(c.t, c.h)
	}
}

// largeProperties are a group's, set by somebody who may.
func (c *curious) largeProperties() {
	object := func(size int) string { return `{"text": "` + strings.Repeat("x", size-12) + `"}` }
	for range 5 {
		if got := c.patiently(http.MethodPut, "/hub/api/groups/cs101/properties", object(64<<10)); got.Status != http.StatusOK {
			c.t.Errorf("as large as may be: %d %s", got.Status, shorten(got.Body))
		}
	}
	c.inTurn(http.MethodPut, "/hub/api/groups/cs101/properties", object(1<<20-100), http.StatusBadRequest, "at most 65536")
	c.onTen(http.MethodPut, "/hub/api/groups/cs101/properties", func() io.Reader { return &blank{left: 9 << 20} }, 9<<20,
		http.StatusRequestEntityTooLarge, "larger than 1048576 bytes")
	many := `{"list": [` + strings.Repeat(`"",`, 1<<18) + `""]}`
	c.inTurn(http.MethodPut, "/hub/api/groups/cs101/properties", many, http.StatusRequestEntityTooLarge, "may have at most 52428")
}

// blank is so many spaces.
type blank struct{ left int }

// Read implements io.Reader.
func (b *blank) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), b.left)
	copy(p, bytes.Repeat([]byte(" "), n))
	b.left -= n
	return n, nil
}
