package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// A file is served from memory. Its compressed forms exist where they are smaller.
type file struct {
	kind   string // its Content-Type
	hashed bool   // its name changes with its content
	tag    string
	plain  []byte
	gz     []byte
	br     []byte
}

// entry is what the shell of the React app loads, by paths below static/.
type entry struct {
	Script  string
	Styles  []string
	Preload []string
	Panel   map[string]entry // what each page of the panel loads besides, by its name
}

// appFolder is where the React app is, below static/.
const appFolder = "app/"

// addStatic takes our own files, each also under a name with a hash in it.
func (p *Pages) addStatic(from fs.FS) error {
	return fs.WalkDir(from, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		short := strings.TrimPrefix(name, "static/")
		f := newFile(short, content)
		if f.gz, err = compress(content); err != nil {
			return err
		}
		ext := path.Ext(short)
		named := *f
		named.hashed = true
		hashed := strings.TrimSuffix(short, ext) + "." + f.tag[:10] + ext
		p.files[short], p.files[hashed], p.names[short] = f, &named, hashed
		return nil
	})
}

func newFile(name string, content []byte) *file {
	sum := sha256.Sum256(content)
	return &file{kind: kindOf(name), tag: hex.EncodeToString(sum[:12]), plain: content}
}

// compress gives the content smaller, or nothing where that would gain little.
func compress(content []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	if out.Len() > len(content)*9/10 {
		return nil, nil
	}
	return out.Bytes(), nil
}

// chunk is an entry of Vite's manifest.
type chunk struct {
	File    string   `json:"file"`
	IsEntry bool     `json:"isEntry"`
	Wanted  bool     `json:"isDynamicEntry"` // it is loaded when it is wanted
	CSS     []string `json:"css"`
	Imports []string `json:"imports"`
}

// addApp takes the built React app, with the compressed forms that lie beside its
// files. Without a manifest there is no app, which its page will say.
func (p *Pages) addApp(from fs.FS) error {
	if from == nil {
		return nil
	}
	raw, err := fs.ReadFile(from, ".vite/manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var manifest map[string]chunk
	if err := json.Unmarshal(raw, &manifest); err != nil {
		return fmt.Errorf("read the manifest: %w", err)
	}
	if err := p.addAppFiles(from); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(manifest)) {
		if c := manifest[name]; c.IsEntry {
			p.App.Script = appFolder + c.File
			p.App.follow(manifest, c, map[string]bool{name: true})
			break
		}
	}
	p.App.Panel = panelParts(manifest, p.App)
	return nil
}

const panelSource = "src/admin/"

// panelParts are what the pages of the panel load besides what every page of the app
// does: named in the shell, all of it comes at once, and not in the order in which one
// part asks for the next. A page is src/admin/NAME/…Page.tsx.
func panelParts(manifest map[string]chunk, app entry) map[string]entry {
	parts := map[string]entry{}
	frame := panelSource + "AdminPage.tsx"
	for source, c := range manifest {
		name := path.Dir(strings.TrimPrefix(source, panelSource))
		if !c.Wanted || !strings.HasPrefix(source, panelSource) || name == "." || !strings.HasSuffix(source, "Page.tsx") {
			continue
		}
		var part entry
		needs := chunk{Imports: []string{frame, source}}
		part.follow(manifest, needs, map[string]bool{})
		had := func(file string) bool {
			return file == app.Script || slices.Contains(app.Preload, file) || slices.Contains(app.Styles, file)
		}
		part.Preload = slices.DeleteFunc(part.Preload, had)
		part.Styles = slices.DeleteFunc(part.Styles, had)
		parts[name] = part
	}
	return parts
}

// follow collects what a chunk needs before it runs.
func (e *entry) follow(manifest map[string]chunk, c chunk, seen map[string]bool) {
	for _, css := range c.CSS {
		e.Styles = append(e.Styles, appFolder+css)
	}
	for _, name := range c.Imports {
		if seen[name] {
			continue
		}
		seen[name] = true
		next := manifest[name]
		e.Preload = append(e.Preload, appFolder+next.File)
		e.follow(manifest, next, seen)
	}
}

func (p *Pages) addAppFiles(from fs.FS) error {
	return fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && name != "." {
				return fs.SkipDir
			}
			return nil
		}
		ext := path.Ext(name)
		if strings.HasPrefix(d.Name(), ".") || ext == ".br" || ext == ".gz" || ext == ".html" {
			return nil
		}
		content, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		f := newFile(name, content)
		f.hashed = strings.HasPrefix(name, "assets/")
		if f.gz, err = readBeside(from, name+".gz"); err != nil {
			return err
		}
		if f.br, err = readBeside(from, name+".br"); err != nil {
			return err
		}
		p.files[appFolder+name] = f
		return nil
	})
}

// readBeside reads a file that may be missing.
func readBeside(from fs.FS, name string) ([]byte, error) {
	content, err := fs.ReadFile(from, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return content, err
}

// kindOf is the Content-Type of a file. Those of the machine's own tables are not
// asked: they differ from one to the next.
func kindOf(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".jpg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".woff":
		return "font/woff"
	case ".ttf":
		return "font/ttf"
	case ".json", ".map":
		return "application/json"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// links are the URLs of our own files by their plain names, with "static" for the
// folder that has them.
func (p *Pages) links() map[string]string {
	links := make(map[string]string, len(p.names)+1)
	for short, hashed := range p.names {
		links[short] = p.Hub + "static/" + hashed
	}
	links["static"] = p.Hub + "static/"
	return links
}

// Has tells whether a path below {hub}static/ is one of our own files.
func (p *Pages) Has(name string) bool { return p.files[name] != nil }

// Static serves what the pages refer to: {hub}static/… and {hub}logo. It wants the
// request's whole path. Only GET and HEAD are answered.
func (p *Pages) Static() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		name, ok := strings.CutPrefix(r.URL.Path, p.Hub+"static/")
		f := p.files[name]
		if r.URL.Path == p.Hub+"logo" {
			f, ok = p.logo, true
		}
		if !ok || f == nil {
			http.Error(w, "There is no such file.", http.StatusNotFound)
			return
		}
		f.serve(w, r)
	})
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "public, max-age=3600")
	if f.hashed {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if f.kind == "image/svg+xml" { // opened by itself it is a document
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox")
	}
	body, encoding := f.choose(r.Header.Values("Accept-Encoding"))
	if f.gz != nil || f.br != nil {
		h.Set("Vary", "Accept-Encoding")
	}
	tag := `"` + f.tag + `"`
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
		tag = `"` + f.tag + "-" + encoding + `"`
	}
	h.Set("Etag", tag)
	if slices.Contains(splitList(r.Header.Values("If-None-Match")), tag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", f.kind)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}

// choose picks the smallest form that the client takes.
func (f *file) choose(accept []string) (body []byte, encoding string) {
	takes := map[string]bool{}
	for _, item := range splitList(accept) {
		name, params, _ := strings.Cut(item, ";")
		q, found := strings.CutPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		takes[strings.ToLower(strings.TrimSpace(name))] = !found || (err == nil && weight > 0)
	}
	switch {
	case f.br != nil && takes["br"]:
		return f.br, "br"
	case f.gz != nil && takes["gzip"]:
		return f.gz, "gzip"
	}
	return f.plain, ""
}

func splitList(values []string) []string {
	var items []string
	for _, v := range values {
		for item := range strings.SplitSeq(v, ",") {
			items = append(items, strings.TrimSpace(item))
		}
	}
	return items
}
