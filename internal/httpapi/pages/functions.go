package pages

import (
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/atriumhub/atrium/internal/httpapi/language"
	"github.com/atriumhub/atrium/internal/hub"
)

// functions are what templates call. home is where links lead that may not stand; tag is the language of the pages.
func functions(home string, tag language.Tag) template.FuncMap {
	return template.FuncMap{
		"t":       func(format string, args ...any) template.HTML { return fillIn(tag.Text(format), args) },
		"say":     tag.Say,
		"strong":  func(text string) template.HTML { return element("strong", text) },
		"mono":    func(text string) template.HTML { return element(`span class="mono"`, text) },
		"which":   func(server, owner, viewer string) string { return which(tag, server, owner, viewer) },
		"link":    func(raw string) string { return safeLink(raw, home) },
		"linkOr":  safeLink,
		"ordinal": func(n int) string { return tag.Say(ordinal(n)) },
		"count":   func(n int64) string { return grouped(n, tag) },
		"costs":   func(card ProfileCard, left *StartLeft) cardCost { return cardCost{card, left} },
		"clock":   clock,
		"exact":   exact,
		"iso":     iso,
		"wait":    func(seconds int) string { return tag.Say(hub.Span(time.Duration(seconds) * time.Second)) },
		"login":   loginURL,
		"wrong":   wrong,
		"reveal":  func(field, what string) revealed { return revealed{Field: field, What: what} },
	}
}

// grouped is a whole number as the language writes it: 1,240 or 1.240.
func grouped(n int64, tag language.Tag) string {
	separator := ","
	if tag == language.German {
		separator = "."
	}
	digits := strconv.FormatInt(n, 10)
	for at := len(digits) - 3; at > 0 && digits[at-1] != '-'; at -= 3 {
		digits = digits[:at] + separator + digits[at:]
	}
	return digits
}

// fillIn fills in a text of the catalogue. What is filled in is escaped, unless it is markup itself.
func fillIn(format string, args []any) template.HTML {
	for i, arg := range args {
		if _, ok := arg.(template.HTML); !ok {
			args[i] = escaped{arg}
		}
	}
	text := template.HTMLEscapeString(format)
	if len(args) > 0 {
		text = fmt.Sprintf(text, args...)
	}
	return template.HTML(text) //nolint:gosec // what was filled in is escaped
}

// escaped prints a value as text within HTML.
type escaped struct{ value any }

func (e escaped) Format(f fmt.State, verb rune) {
	_, _ = io.WriteString(f, template.HTMLEscapeString(fmt.Sprintf(fmt.FormatString(f, verb), e.value)))
}

// element is a text in one.
func element(kind, text string) template.HTML {
	name, _, _ := strings.Cut(kind, " ")
	return template.HTML("<" + kind + ">" + template.HTMLEscapeString(text) + "</" + name + ">") //nolint:gosec // the text is escaped
}

// which is a server within a sentence: "notebook server", "server lab of ann".
func which(tag language.Tag, server, owner, viewer string) string {
	text := tag.Text("notebook server")
	if server != "" {
		text = tag.Text("server %s", server)
	}
	if owner != "" && owner != viewer {
		text += " " + tag.Text("of %s", owner)
	}
	return text
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
