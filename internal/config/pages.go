package config

import (
	"net/url"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The most characters that people read before they log in.
const (
	maxTitle   = 60
	maxHelp    = 2000
	maxHelpURL = 500
	maxLinks   = 8
	maxLink    = 40 // characters of its title
)

func (p *Pages) normalise() {
	p.Title = strings.TrimSpace(p.Title)
	p.Help = strings.TrimSpace(strings.ReplaceAll(p.Help, "\r\n", "\n"))
	p.HelpURL = strings.TrimSpace(p.HelpURL)
	p.Accent, p.AccentDark = strings.TrimSpace(p.Accent), strings.TrimSpace(p.AccentDark)
	for i, l := range p.Links {
		p.Links[i] = PageLink{strings.TrimSpace(l.Title), strings.TrimSpace(l.URL)}
	}
}

// validatePages checks what the hub's pages say of it; the logo is looked at where it is
// read.
func (c Config) validatePages(f *faults) {
	p := c.Pages
	f.check(readableText(p.Title, ""), "pages.title: it must be one line, without control characters")
	f.check(utf8.RuneCountInString(p.Title) <= maxTitle, "pages.title: it is longer than %d characters, which no header has room for", maxTitle)
	f.check(readableText(p.Help, "\n\t"), "pages.help: it holds control characters, or is not UTF-8")
	f.check(utf8.RuneCountInString(p.Help) <= maxHelp, "pages.help: it is longer than %d characters; put the rest on a page of its own, and name that in pages.help_url", maxHelp)
	f.check(p.HelpURL == "" || helpURL(p.HelpURL), "pages.help_url: it is not an address that begins with https://, http:// or mailto:")
	f.check(p.LogoFile == "" || filepath.IsAbs(p.LogoFile), "pages.logo_file: %q is not a whole path, beginning with a slash", p.LogoFile)
	for key, value := range map[string]string{"accent": p.Accent, "accent_dark": p.AccentDark} {
		f.check(value == "" || isColour(value), "pages.%s: %q is no colour such as #1c5d99; in YAML it needs quotes", key, value)
	}
	f.check(len(p.Links) <= maxLinks, "pages.links: there are more than %d, which no foot of a page has room for", maxLinks)
	for i, l := range p.Links {
		f.check(l.Title != "" && readableText(l.Title, "") && utf8.RuneCountInString(l.Title) <= maxLink,
			"pages.links[%d].title: it must be one line of 1 to %d characters", i, maxLink)
		f.check(helpURL(l.URL), "pages.links[%d].url: it is not an address that begins with https://, http:// or mailto:", i)
	}
}

// isColour tells whether s is a colour, as #1c5d99.
func isColour(s string) bool {
	digits, ok := strings.CutPrefix(s, "#")
	return ok && len(digits) == 6 && strings.Trim(digits, "0123456789abcdefABCDEF") == ""
}

// readableText tells whether s is UTF-8 without control characters, but for those allowed.
func readableText(s, allowed string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune(allowed, r)
	})
}

// helpURL tells whether s leads somewhere: to a page, or to somebody's mail.
func helpURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || len(s) > maxHelpURL || strings.ContainsFunc(s, unicode.IsSpace) {
		return false
	}
	if u.Scheme == "mailto" {
		return strings.Contains(u.Opaque, "@")
	}
	return (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil
}
