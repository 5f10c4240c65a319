package e2e_test

import (
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// browser is somebody who speaks to the hub with cookies and follows redirects.
type browser struct {
	t    *testing.T
	base string
	jar  *cookiejar.Jar
	http *http.Client
}

// Browser is a browser without cookies.
func (h *hub) Browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{
		t: h.t, base: h.URL, jar: jar,
		http: &http.Client{Jar: jar, Timeout: 2 * time.Minute, Transport: h.transport()},
	}
}

// page is an answer, and where it came from after all redirects.
type page struct {
	answer
	Path string // with the query
	Host string // with the port
}

// Open navigates.
func (b *browser) Open(path string) page {
	b.t.Helper()
	return b.Send(http.MethodGet, path, nil, nil)
}

// Send asks with a form and headers and follows redirects.
func (b *browser) Send(method, path string, form url.Values, header http.Header) page {
	b.t.Helper()
	body := strings.NewReader(form.Encode())
	req, err := http.NewRequest(method, b.at(path), body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, values := range header {
		req.Header[name] = values
	}
	return b.send(req)
}

// at is the URL of a path of the hub's; a whole URL is itself.
func (b *browser) at(path string) string {
	if strings.Contains(path, "://") {
		return path
	}
	return b.base + path
}

func (b *browser) send(req *http.Request) page {
	b.t.Helper()
	var last *http.Request
	client := *b.http
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		last = req
		if len(via) > 20 {
			b.t.Fatalf("redirected in circles: %s", req.URL)
		}
		return nil
	}
	got, err := send(&client, req)
	if err != nil {
		b.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	if last == nil {
		last = req
	}
	return page{answer: got, Path: last.URL.RequestURI(), Host: last.URL.Host}
}

var xsrfField = regexp.MustCompile(`name="_xsrf"\s+value="([^"]+)"`)

// XSRF is the token in a page's form.
func (p page) XSRF(t *testing.T) string {
	t.Helper()
	found := xsrfField.FindSubmatch(p.Body)
	if found == nil {
		t.Fatalf("no _xsrf in the page at %s (status %d):\n%s", p.Path, p.Status, shorten(p.Body))
	}
	return html.UnescapeString(string(found[1]))
}

// LogIn fills in the login form and goes on to next, if that is not empty.
func (b *browser) LogIn(name, password, next string) page {
	b.t.Helper()
	path := "/hub/login"
	if next != "" {
		path += "?next=" + url.QueryEscape(next)
	}
	form := b.Open(path)
	return b.Send(http.MethodPost, path, url.Values{
		"username": {name}, "password": {password}, "_xsrf": {form.XSRF(b.t)},
	}, nil)
}

// Cookie is the value of a cookie that the browser would send to the path.
func (b *browser) Cookie(path, name string) string {
	for _, c := range b.cookies(path) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

func (b *browser) cookies(path string) []*http.Cookie {
	at, err := url.Parse(b.at(path))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.jar.Cookies(at)
}

// SetCookie gives a cookie another value, as a forger would; empty drops it.
func (b *browser) SetCookie(path, name, value string) {
	b.t.Helper()
	at, err := url.Parse(b.base + path)
	if err != nil {
		b.t.Fatal(err)
	}
	c := &http.Cookie{Name: name, Value: value, Path: path}
	if value == "" {
		c.MaxAge = -1
	}
	b.jar.SetCookies(at, []*http.Cookie{c})
}
