package pages

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

// A service with JupyterHub's templates finds what they load, and nobody finds more: no
// documents, nothing outside of the folder, nothing that another account could have put there.
func TestServicesFindTheFilesOfJupyterHubsTemplates(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) {
		t.Helper()
		at := filepath.Join(dir, "static", name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(at, mode); err != nil {
			t.Fatal(err)
		}
	}
	write("css/style.min.css", "body{}", 0o644)
	write("js/darkmode.js", "dark()", 0o644)
	write("components/bootstrap/dist/js/bootstrap.bundle.min.js", "boot()", 0o644)
	write("page.html", "<script>", 0o644)
	write("js/open.js", "anybody()", 0o666)
	write("theirs/x.js", "theirs()", 0o644)
	if err := os.Chmod(filepath.Join(dir, "static", "theirs"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secret.js"), []byte("secret()"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(dir, "secret.js"), filepath.Join(dir, "static", "link.js")); err != nil {
		t.Fatal(err)
	}
	b := Borrowed{Folders: func() []string { return []string{filepath.Join(dir, "none"), filepath.Join(dir, "static")} }}
	for name, want := range map[string]string{
		"css/style.min.css": "text/css; charset=utf-8", "js/darkmode.js": "text/javascript; charset=utf-8",
		"components/bootstrap/dist/js/bootstrap.bundle.min.js": "text/javascript; charset=utf-8",
		"page.html": "", "js/open.js": "", "theirs/x.js": "", "link.js": "", "../secret.js": "", "js/none.js": "", "css": "", "": "", "/etc/passwd.js": "",
	} {
		w := httptest.NewRecorder()
		served := b.Serve(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/hub/static/x", http.NoBody), name)
		if served != (want != "") || w.Header().Get("Content-Type") != want || served && w.Code != http.StatusOK {
			t.Errorf("%q: served %t, %d %q", name, served, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if (Borrowed{}).Serve(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody), "js/darkmode.js") {
		t.Error("served from nowhere")
	}
}
