package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPages(t *testing.T) {
	c, _, err := load(t, "pages:\n  title: ' CS101 hub '\n  help: |\n    Log in with your library card.\n\n    Ask at https://example.org/desk.\n  help_url: mailto:desk@example.org\n  logo_file: /etc/atrium/logo.png\n  accent: '#7A1FA2'\n  links:\n    - {title: Imprint, url: 'https://example.org/imprint'}\n",
		"ATRIUM_PAGES_LOGO_FILE=/srv/logo.svg")
	if err == nil {
		err = c.Validate()
	}
	if err != nil {
		t.Fatal(err)
	}
	want := Pages{
		Title: "CS101 hub", Help: "Log in with your library card.\n\nAsk at https://example.org/desk.",
		HelpURL: "mailto:desk@example.org", LogoFile: "/srv/logo.svg",
		Accent: "#7A1FA2", Links: []PageLink{{Title: "Imprint", URL: "https://example.org/imprint"}},
	}
	if d := cmp.Diff(want, c.Pages); d != "" {
		t.Error(d)
	}
}

func TestPagesFaults(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"two lines":           {`{title: "a\nb"}`, "pages.title: it must be one line, without control characters"},
		"a long title":        {"{title: " + strings.Repeat("ü", 61) + "}", "pages.title: it is longer than 60 characters, which no header has room for"},
		"an escape":           {`{help: "a\eb"}`, "pages.help: it holds control characters, or is not UTF-8"},
		"a long help":         {"{help: " + strings.Repeat("x", 2001) + "}", "pages.help: it is longer than 2000 characters; put the rest on a page of its own, and name that in pages.help_url"},
		"a script":            {`{help_url: "javascript:alert(1)"}`, "pages.help_url: it is not an address that begins with https://, http:// or mailto:"},
		"half an address":     {"{help_url: example.org/help}", "pages.help_url: it is not an address that begins with https://, http:// or mailto:"},
		"a path":              {"{help_url: /help}", "pages.help_url: it is not an address that begins with https://, http:// or mailto:"},
		"mail to nobody":      {`{help_url: "mailto:"}`, "pages.help_url: it is not an address that begins with https://, http:// or mailto:"},
		"a password":          {`{help_url: "https://me:secret@example.org/"}`, "pages.help_url: it is not an address that begins with https://, http:// or mailto:"},
		"a word for a colour": {`{accent: red}`, `pages.accent: "red" is no colour such as #1c5d99; in YAML it needs quotes`},
		"half a colour":       {`{accent_dark: "#fff"}`, `pages.accent_dark: "#fff" is no colour such as #1c5d99; in YAML it needs quotes`},
		"a style for one":     {`{accent: "#1c5d99;}"}`, `pages.accent: "#1c5d99;}" is no colour such as #1c5d99; in YAML it needs quotes`},
		"a link to a script":  {`{links: [{title: x, url: "javascript:alert(1)"}]}`, "pages.links[0].url: it is not an address that begins with https://, http:// or mailto:"},
		"a link without name": {`{links: [{url: "https://example.org"}]}`, "pages.links[0].title: it must be one line of 1 to 40 characters"},
		"a relative picture":  {"{logo_file: logo.png}", `pages.logo_file: "logo.png" is not a whole path, beginning with a slash`},
	} {
		c, _, err := load(t, "listen: :1\npages: "+tc.yaml+"\n")
		if err == nil {
			err = c.Validate()
		}
		if err == nil || err.Error() != "atrium.yaml: line 2: "+tc.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
