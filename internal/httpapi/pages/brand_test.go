package pages

import (
	"bytes"
	"html"
	"image"
	"image/jpeg"
	"image/png"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const svgLogo = `<?xml version="1.0"?><!-- ours --><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><script>alert(1)</script><path d="M0 0h40v20z"/></svg>`

// pictures are files of every kind that a logo may be, by their type.
func pictures(t *testing.T) map[string][]byte {
	t.Helper()
	var asPNG, asJPEG bytes.Buffer
	if err := png.Encode(&asPNG, image.NewGray(image.Rect(0, 0, 4, 2))); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&asJPEG, image.NewGray(image.Rect(0, 0, 4, 2)), nil); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"image/png": asPNG.Bytes(), "image/jpeg": asJPEG.Bytes(), "image/svg+xml": []byte(svgLogo),
		"image/webp": []byte("RIFF\x24\x00\x00\x00WEBPVP8L\x00\x00\x00\x00"),
	}
}

func branded(t *testing.T, b Brand) *Pages {
	t.Helper()
	return brandedPages(t, "/", builtApp(), b)
}

func newLogo(t *testing.T, content []byte) *Logo {
	t.Helper()
	logo, err := NewLogo(content)
	if err != nil {
		t.Fatal(err)
	}
	return logo
}

// Somebody with three hubs open must see which of them asks for the password.
func TestLoginPageSaysWhoseHubItIs(t *testing.T) {
	p := branded(t, Brand{
		Title: "CS101 & friends", HelpURL: "https://cs.example.org/help?a=b&c=d", Logo: newLogo(t, pictures(t)["image/png"]),
		Help: "Your name is that of the library card.\n  \nLost it? Ask at https://cs.example.org/desk?day=1&hour=2.\nOpen till six.",
	})
	body := render(t, p, 200, Login{}).Body.String()
	for _, want := range []string{
		"<title>Log in – CS101 &amp; friends</title>", "<h1>Log in to CS101 &amp; friends</h1>", `<span class="hubname">CS101 &amp; friends</span>`,
		"<p>Your name is that of the library card.</p>",
		`<p>Lost it? Ask at <a href="https://cs.example.org/desk?day=1&amp;hour=2">https://cs.example.org/desk?day=1&amp;hour=2</a>.` + "\nOpen till six.</p>",
		`href="https://cs.example.org/help?a=b&amp;c=d">Help</a>`, `<img class="logo" src="/hub/static/logo.`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	if body := render(t, newPages(t, "/", nil), 200, Login{}).Body.String(); !strings.Contains(body, "<h1>Log in</h1>") || strings.Contains(body, `class="logo"`) || strings.Contains(body, "Help") {
		t.Errorf("a hub that says nothing of itself:\n%s", body)
	}
}

// The name is in the header and in the tab of every page, those of errors and of a
// start among them, and the React app is told.
func TestEveryPageSaysWhoseHubItIs(t *testing.T) {
	logo := newLogo(t, []byte(svgLogo))
	p := branded(t, Brand{Title: "CS101", HelpURL: "mailto:desk@example.org", Logo: logo})
	link := "/hub/static/logo." + logo.file.tag[:10] + ".svg"
	for name, page := range everyPage("text", "/user/x/") {
		body := render(t, p, 200, page).Body.String()
		wants := []string{`<link rel="icon" href="` + link + `">`}
		if name == "login" || name == "login, first" || name == "claim" { // the others of everyPage say a name themselves
			wants = append(wants, "– CS101</title>", `<span class="hubname">CS101</span>`)
		}
		if name == "app" {
			wants = append(wants, `"logo":"`+link+`"`, `"helpUrl":"mailto:desk@example.org"`)
		} else {
			wants = append(wants, `<img src="`+link+`" alt="" height="26">`, `href="mailto:desk@example.org">Help</a>`)
		}
		for _, want := range wants {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %s in\n%s", name, want, body)
			}
		}
	}
	for _, page := range []Page{ErrorPage{Status: 503}, Starting{Owner: "ann"}, NotRunning{Owner: "ann"}, App{}} {
		body := render(t, p, 200, page).Body.String()
		if !strings.Contains(body, "– CS101</title>") || !strings.Contains(body, "CS101</span>") {
			t.Errorf("%T does not say whose it is:\n%s", page, body)
		}
	}
}

// Even what the operator pasted from somewhere is text.
func TestBrandIsNoMarkup(t *testing.T) {
	p := branded(t, Brand{Title: hostile, HelpURL: "javascript:alert(1)", Help: hostile + ` https://x.example/"onmouseover="alert(1) javascript:alert(2) http://user:pw@evil.example/ https://`})
	for name, page := range everyPage("text", "/user/x/") {
		body := render(t, p, 200, page).Body.String()
		if strings.Contains(body, "<script>alert") || strings.Contains(body, "<img src=x") || strings.Contains(body, `href="javascript`) || strings.Contains(body, ">Help<") {
			t.Errorf("%s: text got in as markup:\n%s", name, body)
		}
		checkInline(t, name, body)
	}
	body := render(t, p, 200, Login{}).Body.String()
	links := regexp.MustCompile(`<a href="([^"]*)">http`).FindAllStringSubmatch(body, -1)
	if len(links) != 1 || links[0][1] != "https://x.example/" {
		t.Errorf("links are %v", links)
	}
}

// Whatever somebody writes, nothing of it is lost.
func TestHelpIsWhole(t *testing.T) {
	for _, text := range []string{
		"", "one", "a https://a.example", "https://a.example/x_(y) b", "(see https://a.example/x).", "https://a.example,https://b.example/;", "https://", "http://https://a.example ü",
		"https://a.example/?q=1#frag!", "a\nb", strings.Repeat("https://a.example/ ", 50),
	} {
		var whole strings.Builder
		for _, paragraph := range paragraphs(text) {
			for _, p := range paragraph {
				whole.WriteString(p.Text)
				if p.URL != "" && p.URL != p.Text {
					t.Errorf("%q: %q leads to %q", text, p.Text, p.URL)
				}
			}
		}
		if whole.String() != strings.TrimSpace(text) {
			t.Errorf("%q became %q", text, whole.String())
		}
	}
	if got := paragraphs("a\n\n\n \nb\n\tc"); len(got) != 2 || got[1][0].Text != "b\n\tc" {
		t.Errorf("paragraphs are %v", got)
	}
}

// A logo is what its content is: it is served as that, and a browser takes it for
// nothing else. Opened by itself, a drawing runs no scripts.
func TestLogoIsServed(t *testing.T) {
	all := pictures(t)
	for _, kind := range slices.Sorted(maps.Keys(all)) {
		p := branded(t, Brand{Logo: newLogo(t, all[kind])})
		for _, page := range []Page{Login{}, ErrorPage{Status: 404}} {
			body := render(t, p, 200, page).Body.String()
			for _, src := range regexp.MustCompile(`(?:src|icon" href)="(/hub/static/logo\.[^"]*)"`).FindAllStringSubmatch(body, -1) {
				w := get(t, p, "GET", html.UnescapeString(src[1]))
				if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), all[kind]) || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
					t.Errorf("%s: the page refers to %s: %d %v", kind, src[1], w.Code, w.Header())
				}
			}
		}
		w := get(t, p, "GET", "/hub/logo")
		h := w.Header()
		if w.Code != 200 || h.Get("Content-Type") != kind || !bytes.Equal(w.Body.Bytes(), all[kind]) || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v", kind, w.Code, h)
		}
		if policy := h.Get("Content-Security-Policy"); kind == "image/svg+xml" && (!strings.Contains(policy, "default-src 'none'") || !strings.HasSuffix(policy, "; sandbox")) {
			t.Errorf("the policy of a drawing is %q", policy)
		}
		if strings.Contains(h.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: /hub/logo would never change: %s", kind, h.Get("Cache-Control"))
		}
		if again := get(t, p, "GET", "/hub/logo", "If-None-Match", h.Get("Etag")); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("%s: asked again it is %d", kind, again.Code)
		}
		other := branded(t, Brand{})
		if w := get(t, other, "GET", "/hub/logo", "If-None-Match", h.Get("Etag")); w.Code != 200 {
			t.Errorf("%s: another logo has the same tag", kind)
		}
	}
}

func TestLogosThatAreNone(t *testing.T) {
	for name, content := range map[string]string{
		"nothing": "", "text": "logo", "a page": "<!doctype html><html><svg></svg></html>", "a page in XML": `<html xmlns="http://www.w3.org/1999/xhtml"><svg/></html>`,
		"half a drawing": svgLogo[:100], "another encoding": `<?xml version="1.0" encoding="UTF-16"?><svg/>`, "a GIF": "GIF89a", "RIFF": "RIFF\x24\x00\x00\x00WAVEfmt ",
	} {
		if _, err := NewLogo([]byte(content)); err == nil || err.Error() != "is none of PNG, JPEG, WebP and SVG in UTF-8" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewLogo(append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, MaxLogo)...)); err == nil || !strings.HasPrefix(err.Error(), "is larger than 512 KiB") {
		t.Errorf("a large one: %v", err)
	}
}
