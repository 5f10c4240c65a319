package pages

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func get(t *testing.T, p *Pages, method, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.Static().ServeHTTP(w, r)
	return w
}

func TestStatic(t *testing.T) {
	p := newPages(t, "/", builtApp())
	script := "/hub/static/app/assets/main-AAA.js"
	tests := []struct {
		name, method, path string
		headers            []string
		status             int
		body, encoding     string
		immutable          bool
	}{
		{"brotli", "GET", script, []string{"Accept-Encoding", "gzip, deflate, br"}, 200, "brotli", "br", true},
		{"gzip", "GET", script, []string{"Accept-Encoding", "gzip, br;q=0"}, 200, "gzip", "gzip", true},
		{"plain", "GET", script, nil, 200, "export const plain = 1;", "", true},
		{"head", "HEAD", script, nil, 200, "", "", true},
		{"no such file", "GET", "/hub/static/nothing.js", nil, 404, "There is no such file.\n", "", false},
		{"up and out", "GET", "/hub/static/../pages.go", nil, 404, "There is no such file.\n", "", false},
		{"the manifest", "GET", "/hub/static/app/.vite/manifest.json", nil, 404, "There is no such file.\n", "", false},
		{"a compressed form by itself", "GET", script + ".br", nil, 404, "There is no such file.\n", "", false},
		{"elsewhere", "GET", "/other/static/style.css", nil, 404, "There is no such file.\n", "", false},
		{"post", "POST", script, nil, 405, "only GET and HEAD\n", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := get(t, p, tt.method, tt.path, tt.headers...)
			if w.Code != tt.status || w.Body.String() != tt.body || w.Header().Get("Content-Encoding") != tt.encoding {
				t.Errorf("got %d %q (%s)", w.Code, w.Body, w.Header().Get("Content-Encoding"))
			}
			if got := strings.Contains(w.Header().Get("Cache-Control"), "immutable"); got != tt.immutable {
				t.Errorf("Cache-Control: %s", w.Header().Get("Cache-Control"))
			}
			if tt.status == 200 && w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("Vary: %s", w.Header().Get("Vary"))
			}
		})
	}
}

func TestStaticUnchanged(t *testing.T) {
	p := newPages(t, "/", builtApp())
	first := get(t, p, "GET", "/hub/logo")
	tag := first.Header().Get("Etag")
	if first.Code != 200 || first.Header().Get("Content-Type") != "image/svg+xml" || tag == "" {
		t.Fatalf("logo: %d %v", first.Code, first.Header())
	}
	if second := get(t, p, "GET", "/hub/logo", "If-None-Match", `"other", `+tag); second.Code != 304 || second.Body.Len() != 0 {
		t.Errorf("unchanged logo: %d with %d bytes", second.Code, second.Body.Len())
	}
}

// Whatever a page refers to below static/ must be there.
func TestPagesReferToFilesThatExist(t *testing.T) {
	p := newPages(t, "/", builtApp())
	reference := regexp.MustCompile(`(?:href|src)="(/hub/static/[^"]+)"`)
	seen := 0
	for name, page := range everyPage("text", "/user/x/") {
		for _, m := range reference.FindAllStringSubmatch(render(t, p, 200, page).Body.String(), -1) {
			seen++
			w := get(t, p, "GET", m[1])
			if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
				t.Errorf("%s refers to %s: %d, %s", name, m[1], w.Code, w.Header().Get("Cache-Control"))
			}
		}
	}
	if seen == 0 {
		t.Error("no page refers to any file")
	}
}

// A page of the panel names all that it loads, so that nothing waits for the part before it; other pages name none of it.
func TestPanelFiles(t *testing.T) {
	p := newPages(t, "/", builtApp())
	files := func(page App) []string {
		var all []string
		for _, m := range regexp.MustCompile(`/static/app/assets/([^"]+)"`).FindAllStringSubmatch(render(t, p, 200, page).Body.String(), -1) {
			all = append(all, m[1])
		}
		return all
	}
	home := []string{"main-BBB.css", "dep-CCC.js", "main-AAA.js"}
	users := append(slices.Clone(home), "users-FFF.css", "admin-DDD.js", "users-EEE.js", "table-GGG.js")
	for page, want := range map[string][]string{"": home, "users": users, "never": home} {
		if diff := cmp.Diff(want, files(App{PanelPage: page})); diff != "" {
			t.Errorf("files of %q: %s", page, diff)
		}
	}
}

func TestOwnFilesAreCompressed(t *testing.T) {
	p := newPages(t, "/", nil)
	w := get(t, p, "GET", "/hub/static/style.css", "Accept-Encoding", "gzip")
	if w.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("Content-Encoding: %q", w.Header().Get("Content-Encoding"))
	}
	unzip, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(unzip)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, p.files["style.css"].plain) {
		t.Error("what is unpacked differs")
	}
}

func TestBrokenManifest(t *testing.T) {
	if _, err := New("/", fstest.MapFS{".vite/manifest.json": {Data: []byte("{")}}, Brand{}); err == nil {
		t.Error("no error")
	}
}
