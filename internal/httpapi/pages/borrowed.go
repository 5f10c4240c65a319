package pages

import (
	"net/http"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

// Services that use JupyterHub's own templates load what those refer to from
// {hub}static/: Bootstrap, jQuery, a style sheet. They are part of the Python package
// jupyterhub, which is there where notebook servers or such services run on this machine,
// and are served from where it has them.

// Borrowed serves static files from folders that others have installed.
type Borrowed struct {
	// Folders are asked for at each request: environments come and go.
	Folders func() []string
}

// Serve answers with a file below one of the folders; false where there is none.
func (b Borrowed) Serve(w http.ResponseWriter, r *http.Request, name string) bool {
	if b.Folders == nil || !lendable(name) {
		return false
	}
	for _, folder := range b.Folders() {
		if serveFrom(w, r, folder, name) {
			return true
		}
	}
	return false
}

// lendable tells whether a file of this name is one that pages load, and none that a
// browser shows by itself: it would have the rights of the hub's pages.
func lendable(name string) bool {
	switch path.Ext(name) {
	case ".css", ".js", ".map", ".png", ".ico", ".svg", ".woff", ".woff2", ".ttf":
		return filepath.IsLocal(name)
	}
	return false
}

func serveFrom(w http.ResponseWriter, r *http.Request, folder, name string) bool {
	folder, err := filepath.EvalSymlinks(folder)
	if err != nil || !guarded(folder, true) {
		return false
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return false
	}
	defer root.Close()
	for at := name; at != "."; at = path.Dir(at) {
		if !guarded(filepath.Join(folder, at), false) {
			return false
		}
	}
	f, err := root.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", kindOf(name))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=3600")
	h.Set("Cross-Origin-Resource-Policy", "same-site") // of services with a domain of their own
	if path.Ext(name) == ".svg" {
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
	}
	http.ServeContent(w, r, "", info.ModTime(), f)
	return true
}

// guarded tells whether nobody but root and the hub can change a file, or, with above,
// any of the folders that lead to it: what is served here runs with the rights of the
// hub's pages.
func guarded(at string, above bool) bool {
	for {
		info, err := os.Lstat(at)
		if err != nil {
			return false
		}
		sys, ok := info.Sys().(*syscall.Stat_t)
		if !ok || sys.Uid != 0 && int(sys.Uid) != os.Geteuid() {
			return false
		}
		sticky := info.IsDir() && info.Mode()&os.ModeSticky != 0
		if info.Mode().Perm()&0o022 != 0 && !sticky || info.Mode()&os.ModeSymlink != 0 {
			return false
		}
		parent := filepath.Dir(at)
		if !above || parent == at {
			return true
		}
		at = parent
	}
}
