package pages

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var variable = regexp.MustCompile(`(--at-[a-z-]+):(#[0-9a-f]{6})`)

func mustParse(t interface{ Fatal(...any) }, text string) colour {
	c, err := parseColour(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Whatever colour a hub has, its links and the words on its buttons can be read, in light and in dark.
func TestAnyAccentCanBeRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accent := rapid.StringMatching(`#[0-9a-f]{6}`).Draw(t, "accent")
		css, err := Colours{Light: accent}.style()
		if err != nil {
			t.Fatal(err)
		}
		light, dark, ok := strings.Cut(string(css), "@media")
		if !ok {
			t.Fatalf("no dark part in %s", css)
		}
		for part, s := range map[string]scheme{light: lightScheme(), dark: darkScheme()} {
			named := map[string]colour{}
			for _, m := range variable.FindAllStringSubmatch(part, -1) {
				named[m[1]] = mustParse(t, m[2])
			}
			if named["--at-accent"].String() != accent {
				t.Errorf("buttons are %s", named["--at-accent"])
			}
			for _, on := range s.grounds {
				if c := contrast(named["--at-link"], on); c < leastContrast {
					t.Errorf("links in %s on %s: %.2f", named["--at-link"], on, c)
				}
			}
			for _, of := range []string{"--at-accent", "--at-accent-hover"} {
				if c := contrast(named["--at-on-accent"], named[of]); c < leastContrast {
					t.Errorf("words in %s on %s: %.2f", named["--at-on-accent"], named[of], c)
				}
			}
		}
	})
}

func TestContrastIsAsWCAGHasIt(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#ffffff", "#ffffff", 1}, {"#767676", "#ffffff", 4.54}, {"#ffee00", "#ffffff", 1.20}} {
		if got := contrast(mustParse(t, c.a), mustParse(t, c.b)); got < c.want-0.01 || got > c.want+0.01 {
			t.Errorf("%s on %s: %.3f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestContrastWarning(t *testing.T) {
	for _, c := range []struct {
		text string
		dark bool
		want string
	}{
		{"#1c5d99", false, ""},
		{"#1c5d99", true, "#1c5d99 has a contrast of"},
		{"#ffee00", false, "#ffee00 has a contrast of 1.1 on a light ground, and text needs 4.5: links are shown in #"},
		{"#ffee00", true, ""},
		{"red", false, ""},
	} {
		if got := ContrastWarning(c.text, c.dark); !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
			t.Errorf("%s: %q", c.text, got)
		}
	}
	if _, err := (Colours{Light: "red;}"}).style(); err == nil {
		t.Error("what is no colour gets into the style sheet")
	}
}

// The colours are those of every page, by a file of the hub's: its policy allows no style in a page.
func TestPagesHaveTheColoursAndLinks(t *testing.T) {
	p := branded(t, Brand{Colours: Colours{Light: "#7a1fa2"}, Links: []Link{{"Imprint", "https://cs.example.org/imprint?a=1&b=2"}, {"Bad", "javascript:alert(1)"}}})
	for name, page := range everyPage("ann", "/user/x/") {
		body := render(t, p, 200, page).Body.String()
		own, brand := strings.Index(body, "static/style."), strings.Index(body, "static/brand.")
		if own < 0 || brand < own {
			t.Errorf("%s: the colours come at %d, the styles at %d", name, brand, own)
		}
		if !strings.Contains(body, `href="https://cs.example.org/imprint?a=1&amp;b=2">Imprint</a>`) || strings.Contains(body, "javascript:") {
			t.Errorf("%s: its links are others", name)
		}
	}
	if body := render(t, newPages(t, "/", builtApp()), 200, Login{}).Body.String(); strings.Contains(body, "brand.") || strings.Contains(body, "<footer") {
		t.Error("a hub without any has them")
	}
}
