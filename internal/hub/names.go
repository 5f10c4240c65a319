package hub

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on names, in bytes where not said otherwise. JupyterHub's columns hold 255.
const (
	MaxUserName    = 255
	MaxGroupName   = 255
	MaxServerName  = 30
	MaxDisplayName = 255
	MaxTokenNote   = 1023
)

// UserName normalises a person's name (trimmed, lower-cased) and checks it. It is
// the one function that names pass wherever they enter: form, path, body, rename.
// A name may not be empty, hold a slash, a control character or invalid UTF-8, be
// a path segment of its own ("." and ".."), or be longer than MaxUserName.
func UserName(raw string) (string, error) {
	name := raw
	if utf8.ValidString(raw) { // lowering would hide what is invalid
		name = strings.ToLower(strings.TrimSpace(raw))
	}
	if msg := badName(name, MaxUserName); msg != "" {
		return "", Errorf(Invalid, "Invalid username: %s (%s)", Clip(raw), msg)
	}
	return name, nil
}

// GroupName checks a group's name. JupyterHub neither trims nor lower-cases it.
func GroupName(name string) (string, error) {
	if msg := badName(name, MaxGroupName); msg != "" {
		return "", Said(Invalid, "Invalid group name: %s (%s)", Clip(name), msg)
	}
	return name, nil
}

func badName(name string, limit int) string {
	switch {
	case name == "":
		return "it is empty"
	case len(name) > limit:
		return "it is too long"
	case !utf8.ValidString(name):
		return "it is not valid UTF-8"
	case strings.Contains(name, "/"):
		return "it contains a slash"
	case name == "." || name == "..":
		return "it is a path"
	case strings.TrimSpace(name) != name:
		return "it begins or ends with a space"
	case strings.ContainsFunc(name, unicode.IsControl):
		return "it contains a control character"
	}
	return ""
}

var serverName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// ServerName checks the name of a named server by JupyterHub 6's rule: a lower-case
// letter, then letters, digits and single hyphens, at most 30 characters. The
// default server's name, the empty one, passes. Names are trimmed and lower-cased
// first, as everywhere.
func ServerName(raw string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(raw))
	if raw == "" {
		return "", nil
	}
	if len(name) > MaxServerName || !serverName.MatchString(name) {
		return "", Errorf(Invalid, "Invalid server_name: '%s'. Use 1 to 30 lower-case letters, digits and single hyphens, beginning with a letter.", Clip(raw)).Plainly(
			"A server cannot be called %s. Use 1 to %d lower-case letters, digits and single hyphens, beginning with a letter.", Clip(raw), MaxServerName)
	}
	return name, nil
}

// DefaultServerPaths are the first segments below a notebook server's prefix that
// Jupyter Server, JupyterLab, Notebook and their usual extensions have something at, as
// far as they could be names of servers. /user/NAME/lab/ is the default server's
// JupyterLab, unless there is a named server lab.
func DefaultServerPaths() []string {
	return []string{
		"api", "bundler", "consoles", "custom", "doc", "edit", "files", "kernelspecs", "lab", "login", "logout", "lsp", "metrics",
		"nbclassic", "nbconvert", "nbextensions", "notebooks", "proxy", "retro", "server-proxy", "static", "terminals", "tree", "view", "voila",
	}
}

// HidesDefault tells whether a named server of this name hides some of the default
// server's own pages. JupyterHub lets it, and so does the API; pages make no new ones.
func HidesDefault(server string) bool { return slices.Contains(DefaultServerPaths(), server) }

// DisplayName checks the name under which a server is shown.
func DisplayName(name string) (string, error) {
	bad := name == "" || len(name) > MaxDisplayName || !utf8.ValidString(name) ||
		strings.TrimSpace(name) != name || strings.Contains(name, "  ") ||
		strings.ContainsFunc(name, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) })
	if bad {
		return "", Errorf(Invalid, "Invalid display_name: '%s'. Use up to 255 printable characters with single spaces between words.", Clip(name)).Plainly(
			"A server cannot be shown as %s. Use up to %d printable characters with single spaces between words.", Clip(name), MaxDisplayName)
	}
	return name, nil
}

// Clip keeps a text that is repeated to people short, at most 64 characters, and printable.
func Clip(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\ufffd'
	}, s)
	if utf8.RuneCountInString(s) > 64 {
		return string([]rune(s)[:64]) + "…"
	}
	return s
}

// EscapeName escapes a name for one segment of a URL's path as JupyterHub does:
// letters, digits and "_.-~@" stay, all else is percent-encoded.
func EscapeName(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(name), "+", "%20"), "%40", "@")
}

// ServerPath is the path, under base, at which a person's server is served:
// "/user/NAME/" or "/user/NAME/SERVER/". base ends with a slash.
func ServerPath(base, user, server string) string {
	p := base + "user/" + EscapeName(user) + "/"
	if server != "" {
		p += EscapeName(server) + "/"
	}
	return p
}
