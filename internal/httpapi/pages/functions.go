package pages

import (
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/atriumhub/atrium/internal/hub"
)

// functions are what templates call. home is where links lead that may not stand.
func functions(home string) template.FuncMap {
	return template.FuncMap{
		"link":    func(raw string) string { return safeLink(raw, home) },
		"linkOr":  safeLink,
		"ordinal": ordinal,
		"clock":   clock,
		"exact":   exact,
		"iso":     iso,
		"wait":    func(seconds int) string { return hub.Span(time.Duration(seconds) * time.Second) },
		"login":   loginURL,
		"wrong":   wrong,
		"reveal":  func(field, what string) revealed { return revealed{Field: field, What: what} },
	}
}

// revealed is a field with a password, and what its button shows: "password".
type revealed struct{ Field, What string }

// described says what describes a field, and whether it is what was wrong.
type described struct {
	By    string
	Wrong bool
}

func wrong(was, field, by string) described { return described{By: by, Wrong: was == field} }

// safeLink gives a URL that may stand in a link: a path of this site, or an http or
// https URL with a host. Anything else becomes fallback: other schemes run scripts,
// and "//host" looks like a path and is none.
func safeLink(raw, fallback string) string {
	if strings.ContainsFunc(raw, func(r rune) bool { return unicode.IsControl(r) || r == '\\' }) {
		return fallback
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return fallback
	}
	switch {
	case u.Scheme == "" && u.Host == "" && strings.HasPrefix(raw, "/") && !strings.HasPrefix(raw, "//"):
		return raw
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil:
		return raw
	}
	return fallback
}

// loginURL is where the login form goes, with where to go on to afterwards.
func loginURL(hub, next string) string {
	if next == "" {
		return hub + "login"
	}
	return hub + "login?" + url.Values{"next": {next}}.Encode()
}

// ordinal is 1st, 2nd, 3rd, 4th …
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
