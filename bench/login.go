package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// login logs somebody in by the form, as a browser does, and gives the Cookie header
// line that the browser then sends to a path.
func login(ctx context.Context, addr, name, path string) (string, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	c := newClient(addr, "")
	c.http.Jar = jar
	defer c.close()
	if _, err := c.call(ctx, http.MethodGet, "/hub/login", nil, http.StatusOK); err != nil {
		return "", fmt.Errorf("open the login form: %w", err)
	}
	at, err := url.Parse(c.base + "/hub/login")
	if err != nil {
		return "", err
	}
	fields := url.Values{"username": {name}, "password": {password}}
	for _, cookie := range jar.Cookies(at) {
		if cookie.Name == "_xsrf" {
			fields.Set("_xsrf", cookie.Value)
		}
	}
	if err := c.submit(ctx, at.String(), fields); err != nil {
		return "", fmt.Errorf("log in as %s: %w", name, err)
	}
	return cookieLine(jar, c.base+path)
}

// form is the login form of a hub, as a browser has it open that sends exchanges. It is good
// for any login from there: a hub tells browsers that nobody has logged in with by their
// address and their name.
type form struct{ xsrf string }

// openForm opens it.
func openForm(ctx context.Context, addr string) (form, error) {
	c := newClient(addr, "")
	defer c.close()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/hub/login", nil)
	if err != nil {
		return form{}, err
	}
	req.Header.Set("User-Agent", agent)
	res, err := c.http.Do(req)
	if err != nil {
		return form{}, fmt.Errorf("open the login form: %w", err)
	}
	defer res.Body.Close()
	for _, cookie := range res.Cookies() {
		if cookie.Name == "_xsrf" {
			return form{xsrf: cookie.Value}, nil
		}
	}
	return form{}, fmt.Errorf("open the login form: %s without a cookie _xsrf", res.Status)
}

// filled is the login of somebody by it, which the hub answers with its cookies and the way home.
func (f form) filled(addr, name, password string) exchange {
	fields := url.Values{"username": {name}, "password": {password}, "_xsrf": {f.xsrf}}
	return exchange{
		send:   postOf("application/x-www-form-urlencoded", addr, "/hub/login", fields.Encode(), "Cookie: _xsrf="+f.xsrf),
		status: http.StatusFound,
	}
}

// submit sends a form that answers with a redirect when all is well.
func (c *client) submit(ctx context.Context, to string, fields url.Values) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(fields.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode/100 != 3 {
		err = fmt.Errorf("%s: %.300q", res.Status, text)
	}
	return err
}

func cookieLine(jar http.CookieJar, to string) (string, error) {
	at, err := url.Parse(to)
	if err != nil {
		return "", err
	}
	var pairs []string
	for _, cookie := range jar.Cookies(at) {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	if len(pairs) == 0 {
		return "", fmt.Errorf("no cookie for %s after the login", at.Path)
	}
	return "Cookie: " + strings.Join(pairs, "; "), nil
}
