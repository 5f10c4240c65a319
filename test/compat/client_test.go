package compat_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// client follows no redirects and keeps no connection, as the hubs may end.
var client = &http.Client{
	Timeout:       2 * time.Minute,
	Transport:     &http.Transport{MaxIdleConnsPerHost: 4},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// request is one line of the list.
type request struct {
	name string // by default what is asked, by whom
	// as is whose request it is: empty the administrator's token; "anonymous"; "token X" a
	// token as it is; "cookie NAME" a login of that person; "NAME" a token of that person,
	// "NAME[scope scope]" one with these scopes. Tokens are made at first use.
	as      string
	do      string // method and path, below the group's base
	body    string
	head    []string          // "Name: value"
	save    map[string]string // placeholder to be, and where it is in the answer: "token", "items.0.id", "header Etag", "header Location code" for a parameter
	cut     time.Duration     // read the answer only so long, for a stream that does not end
	headers []string          // further ones that are compared
	wait    bool              // a stream that is read to its end, so that both hubs have come so far; only the status is compared
}

// group is a list of requests in order. Names of people and groups in it are its own.
type group struct {
	name  string
	base  string // before each path
	cases []request
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// cookie is a person's login at one hub.
type cookie struct{ jar *cookiejar.Jar }

var placeholder = regexp.MustCompile(`\{[a-z][a-z0-9_]*\}`)

// fill replaces the placeholders that have a value at this hub.
func (s *side) fill(text string) string {
	text = strings.ReplaceAll(text, "{host}", s.addr)
	return placeholder.ReplaceAllStringFunc(text, func(name string) string {
		if value, ok := s.saved[strings.Trim(name, "{}")]; ok {
			return value
		}
		return name
	})
}

// send asks the hub.
func (s *side) send(t *testing.T, base string, r request) (answer, error) {
	t.Helper()
	method, path, _ := strings.Cut(r.do, " ")
	var body io.Reader
	if r.body != "" {
		body = strings.NewReader(s.fill(r.body))
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.addr+base+s.fill(path), body)
	if err != nil {
		return answer{}, err
	}
	req.Header.Set("User-Agent", "compat")
	jar, err := s.authorize(t, req, s.fill(r.as))
	if err != nil {
		return answer{}, err
	}
	for _, line := range r.head {
		name, value, _ := strings.Cut(line, ": ")
		if strings.Contains(value, "{xsrf}") {
			value = strings.ReplaceAll(value, "{xsrf}", s.xsrf(jar))
		}
		req.Header.Set(name, s.fill(value))
	}
	if strings.Contains(r.do, "{xsrf}") {
		req.URL.RawQuery = strings.ReplaceAll(req.URL.RawQuery, "{xsrf}", url.QueryEscape(s.xsrf(jar)))
	}
	if strings.Contains(r.body, "{xsrf}") {
		text := strings.ReplaceAll(s.fill(r.body), "{xsrf}", url.QueryEscape(s.xsrf(jar)))
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
	}
	return exchange(req, jar, r.cut)
}

// exchange sends the request with the cookies, and keeps those it is given.
func exchange(req *http.Request, jar *cookiejar.Jar, cut time.Duration) (answer, error) {
	use := *client
	if jar != nil {
		use.Jar = jar
	}
	res, err := use.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	if cut > 0 {
		timer := time.AfterFunc(cut, func() { res.Body.Close() })
		defer timer.Stop()
	}
	text, err := io.ReadAll(res.Body)
	if cut > 0 {
		err = nil
	}
	return answer{status: res.StatusCode, header: res.Header, body: text}, err
}

// authorize puts on the request whose it is. A cookie jar is for those who have logged in.
func (s *side) authorize(t *testing.T, req *http.Request, as string) (*cookiejar.Jar, error) {
	t.Helper()
	if as == "anonymous" {
		return nil, nil
	}
	if name, ok := strings.CutPrefix(as, "cookie "); ok {
		return s.login(t, name)
	}
	token, ok := strings.CutPrefix(as, "token ")
	if !ok {
		var err error
		if token, err = s.tokenOf(t, as); err != nil {
			return nil, err
		}
	}
	req.Header.Set("Authorization", "token "+token)
	return nil, nil
}

// tokenOf is a token of "NAME" or "NAME[scope scope]", made by the administrator at first use.
func (s *side) tokenOf(t *testing.T, as string) (string, error) {
	t.Helper()
	if token := s.tokens[as]; token != "" {
		return token, nil
	}
	name, scopes, scoped := strings.Cut(strings.TrimSuffix(as, "]"), "[")
	body := map[string]any{"note": "of the comparison"}
	if scoped {
		body["scopes"] = strings.Fields(scopes)
	}
	a, err := s.send(t, "/hub/api", request{do: "POST /users/" + url.PathEscape(name) + "/tokens", body: hubtest.Quote(body)})
	if err != nil {
		return "", err
	}
	var made struct{ Token string }
	if err := json.Unmarshal(a.body, &made); err != nil || made.Token == "" {
		return "", fmt.Errorf("%s: no token for %s: %d %s", s.Name, as, a.status, a.body)
	}
	s.tokens[as] = made.Token
	return made.Token, nil
}

// login is the jar of "NAME" or "NAME#2", a login of their own. "nobody" is a browser
// that has looked at the login page only.
func (s *side) login(t *testing.T, key string) (*cookiejar.Jar, error) {
	t.Helper()
	if c := s.sessions[key]; c != nil {
		return c.jar, nil
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	if _, err := s.form(t, jar, http.MethodGet, "/hub/login", nil); err != nil {
		return nil, err
	}
	s.sessions[key] = &cookie{jar: jar}
	name, _, _ := strings.Cut(key, "#")
	if name == "nobody" {
		return jar, nil
	}
	a, err := s.form(t, jar, http.MethodPost, "/hub/login?next=%2Fhub%2Fhome", url.Values{"username": {name}, "password": {password}, "_xsrf": {s.xsrf(jar)}})
	if err != nil || a.status != http.StatusFound {
		return nil, fmt.Errorf("%s: %s cannot log in: %d %w", s.Name, key, a.status, err)
	}
	_, err = s.form(t, jar, http.MethodGet, "/hub/home", nil) // sets the person's own _xsrf
	return jar, err
}

func (s *side) form(t *testing.T, jar *cookiejar.Jar, method, path string, values url.Values) (answer, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+s.addr+path, bytes.NewBufferString(values.Encode()))
	if err != nil {
		return answer{}, err
	}
	if values != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("User-Agent", "compat")
	req.Header.Set("Sec-Fetch-Mode", "navigate")
	return exchange(req, jar, 0)
}

// xsrf is the value of the cookie that a page's requests send back.
func (s *side) xsrf(jar *cookiejar.Jar) string {
	if jar == nil {
		return ""
	}
	for _, c := range jar.Cookies(&url.URL{Scheme: "http", Host: s.addr, Path: "/hub/"}) {
		if c.Name == "_xsrf" {
			return c.Value
		}
	}
	return ""
}
