package pages

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/httpapi/language"
)

// Common is what every page knows: who looks at it, and the hub that shows it.
type Common struct {
	Version   string       // of Atrium
	Title     string       // of the page, in the browser's tab; empty is the page's own
	Language  language.Tag // of who looks at it; empty is English
	User      string       // the name of who is logged in; empty is nobody
	Admin     bool
	Panel     bool   // they may see the panel
	XSRF      string // the token that forms send back as _xsrf
	RequestID string // shown small where something failed
	// FramedBy are those, as sources of a Content-Security-Policy, whose pages may show
	// this one in a frame; empty is nobody.
	FramedBy []string
	// Announcements are what is told to who looks at it, on the pages that show them.
	Announcements []Announcement
}

// Announcement is what people are told for some time.
type Announcement struct {
	Level string `json:"level"` // info, warning or urgent
	Text  string `json:"text"`  // plain, as Brand.Help
}

// Paragraphs are the text in pieces, some of which are links.
func (a Announcement) Paragraphs() [][]Piece { return paragraphs(a.Text) }

func (c Common) common() Common { return c }

// Page is one of the structs of this package.
type Page interface {
	common() Common
	template() string
}

// leaver is a page whose form may end on another site, by a redirect.
type leaver interface{ leaves() bool }

// Pages holds the parsed templates and the files that they refer to. It is safe for
// concurrent use.
type Pages struct {
	site
	base     string // where the hub's site begins, "/"
	editions map[language.Tag]*edition
	files    map[string]*file // by path below static/
	names    map[string]string
	logo     *file  // the one of the brand, or else Atrium's
	forms    string // where forms may end besides the hub itself: a source of a Content-Security-Policy
}

// edition is the pages in one language.
type edition struct {
	site
	Lang      language.Tag
	templates map[string]*template.Template
}

// AllowForms lets forms end, by the redirects that follow them, at what the source
// names: "https://*.hub.example.org". It is for the time before anything is rendered.
func (p *Pages) AllowForms(source string) { p.forms = " " + source }

// view is what a template sees.
type view struct {
	*edition
	Page  Page
	C     Common
	Nonce string
	Data  template.JS // what the React app reads
}

// New prepares the pages of a hub whose site begins at base ("/", "/jupyter/").
// assets is the built React app: a folder with Vite's manifest in .vite, or one
// without, when the app was not built. brand says whose hub it is.
func New(base string, assets fs.FS, brand Brand) (*Pages, error) {
	base = "/" + strings.Trim(base, "/") + "/"
	if base == "//" {
		base = "/"
	}
	p := &Pages{site: site{Hub: base + "hub/", Brand: brand}, base: base, files: map[string]*file{}, names: map[string]string{}}
	if err := p.addStatic(staticFiles); err != nil {
		return nil, fmt.Errorf("pages: read the static files: %w", err)
	}
	p.addLogo(brand.Logo)
	if err := p.addColours(brand.Colours); err != nil {
		return nil, fmt.Errorf("pages: the accent: %w", err)
	}
	if err := p.addApp(assets); err != nil {
		return nil, fmt.Errorf("pages: read the built app: %w", err)
	}
	p.Links = p.links()
	p.editions = map[language.Tag]*edition{}
	for _, tag := range language.Tags() {
		e := &edition{site: p.site, Lang: tag}
		if err := e.parse(); err != nil {
			return nil, fmt.Errorf("pages: parse the templates: %w", err)
		}
		p.editions[tag] = e
	}
	return p, nil
}

// parse gives each page its own copy of the layout.
func (e *edition) parse() error {
	layout, err := template.New("layout.html").Funcs(functions(e.Hub+"home", e.Lang)).ParseFS(templateFiles, "templates/layout.html")
	if err != nil {
		return err
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return err
	}
	e.templates = map[string]*template.Template{}
	for _, name := range files {
		short := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".html")
		if short == "layout" {
			continue
		}
		t, err := layout.Clone()
		if err == nil {
			t, err = t.ParseFS(templateFiles, name)
		}
		if err != nil {
			return err
		}
		e.templates[short] = t
	}
	return e.renderSame(layout) // after which it can't be cloned
}

// Render answers with a page. Nothing is written when it returns an error, so the
// caller may still answer otherwise; an error of the connection is none, for there
// is nobody left to tell.
func (p *Pages) Render(w http.ResponseWriter, status int, page Page) error {
	e, ok := p.editions[page.common().Language]
	if !ok {
		e = p.editions[language.English]
	}
	t, ok := e.templates[page.template()]
	if !ok {
		return fmt.Errorf("pages: no template %q", page.template())
	}
	v := view{edition: e, Page: page, C: page.common(), Nonce: newNonce()}
	if app, ok := page.(App); ok {
		data, err := p.appData(app)
		if err != nil {
			return fmt.Errorf("pages: data of the app: %w", err)
		}
		v.Data = data
	}
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, "layout.html", v); err != nil {
		return fmt.Errorf("pages: render %s: %w", page.template(), err)
	}
	l, ok := page.(leaver)
	forms := "; form-action 'self'" + p.forms
	if ok && l.leaves() {
		forms = ""
	}
	setHeaders(w.Header(), v.Nonce, forms, v.C.FramedBy)
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	_, _ = w.Write(body.Bytes())
	return nil
}

// newNonce is what tells the styles that the app adds from styles that somebody
// else got into the page.
func newNonce() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // never fails
	return base64.StdEncoding.EncodeToString(raw[:])
}

// setHeaders sets what every page of the hub carries. forms says where forms may end,
// by a directive of the policy or none, which is anywhere: browsers apply form-action
// to the redirects that follow as well. framedBy says who may frame the page.
func setHeaders(h http.Header, nonce, forms string, framedBy []string) {
	ancestors := "'none'"
	if len(framedBy) > 0 {
		ancestors = strings.Join(framedBy, " ")
	}
	policy := "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'; object-src 'none'; frame-ancestors " + ancestors + "; base-uri 'none'" + forms
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept-Language")
	h.Set("Content-Security-Policy", policy)
	if len(framedBy) == 0 {
		h.Set("X-Frame-Options", "DENY") // which knows no list
	}
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
}
