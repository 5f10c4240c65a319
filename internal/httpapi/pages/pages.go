package pages

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
)

// Common is what every page knows: who looks at it, and the hub that shows it.
type Common struct {
	Base      string // where the hub's site begins, "/"; empty is what New was given
	Hub       string // where the hub's own pages are, "/hub/"; empty is Base + "hub/"
	HubName   string // this hub's own name, beside the product's; empty is the brand's
	Version   string // of Atrium
	Title     string // of the page, in the browser's tab; empty is the page's own
	User      string // the name of who is logged in; empty is nobody
	Admin     bool
	XSRF      string // the token that forms send back as _xsrf
	RequestID string // shown small where something failed
	// FramedBy are those, as sources of a Content-Security-Policy, whose pages may show
	// this one in a frame; empty is nobody.
	FramedBy []string
}

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
	base      string
	hub       string
	templates map[string]*template.Template
	files     map[string]*file // by path below static/
	names     map[string]string
	app       entry
	brand     Brand
	logo      *file  // the one of the brand, or else Atrium's
	forms     string // where forms may end besides the hub itself: a source of a Content-Security-Policy
}

// AllowForms lets forms end, by the redirects that follow them, at what the source
// names: "https://*.hub.example.org". It is for the time before anything is rendered.
func (p *Pages) AllowForms(source string) { p.forms = " " + source }

// view is what a template sees.
type view struct {
	Page  Page
	C     Common
	Nonce string
	App   entry
	Brand Brand
	Links map[string]string // of our own files, by their plain names, and of the "logo"
}

// Help is what people should know before they log in.
func (v view) Help() [][]piece { return paragraphs(v.Brand.Help) }

// HelpLink is where people find help; empty is nowhere.
func (v view) HelpLink() string { return helpLink(v.Brand.HelpURL) }

// Data is what the React app reads.
func (v view) Data() (json.RawMessage, error) {
	app, ok := v.Page.(App)
	if !ok {
		return nil, errors.New("the page is not the app's")
	}
	return app.JSON(v.C, map[string]any{"logo": v.Links["logo"], "helpUrl": v.HelpLink()})
}

// New prepares the pages of a hub whose site begins at base ("/", "/jupyter/").
// assets is the built React app: a folder with Vite's manifest in .vite, or one
// without, when the app was not built.
func New(base string, assets fs.FS) (*Pages, error) {
	base = "/" + strings.Trim(base, "/") + "/"
	if base == "//" {
		base = "/"
	}
	p := &Pages{base: base, hub: base + "hub/", files: map[string]*file{}, names: map[string]string{}}
	if err := p.addStatic(staticFiles); err != nil {
		return nil, fmt.Errorf("pages: read the static files: %w", err)
	}
	p.logo, p.names["logo"] = p.files["logo.svg"], p.names["logo.svg"]
	if err := p.addApp(assets); err != nil {
		return nil, fmt.Errorf("pages: read the built app: %w", err)
	}
	templates, err := parse()
	if err != nil {
		return nil, fmt.Errorf("pages: parse the templates: %w", err)
	}
	p.templates = templates
	return p, nil
}

// parse gives each page its own copy of the layout.
func parse() (map[string]*template.Template, error) {
	layout, err := template.New("layout.html").Funcs(functions()).ParseFS(templateFiles, "templates/layout.html")
	if err != nil {
		return nil, err
	}
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	all := map[string]*template.Template{}
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
			return nil, err
		}
		all[short] = t
	}
	return all, nil
}

// Render answers with a page. Nothing is written when it returns an error, so the
// caller may still answer otherwise; an error of the connection is none, for there
// is nobody left to tell.
func (p *Pages) Render(w http.ResponseWriter, status int, page Page) error {
	c := page.common()
	if c.Base == "" {
		c.Base = p.base
	}
	if c.Hub == "" {
		c.Hub = c.Base + "hub/"
	}
	c.HubName = cmp.Or(c.HubName, p.brand.Title)
	t, ok := p.templates[page.template()]
	if !ok {
		return fmt.Errorf("pages: no template %q", page.template())
	}
	nonce := newNonce()
	v := view{Page: page, C: c, Nonce: nonce, App: p.app, Brand: p.brand, Links: p.links(c.Hub)}
	var body bytes.Buffer
	if err := t.ExecuteTemplate(&body, "layout.html", v); err != nil {
		return fmt.Errorf("pages: render %s: %w", page.template(), err)
	}
	l, ok := page.(leaver)
	forms := "; form-action 'self'" + p.forms
	if ok && l.leaves() {
		forms = ""
	}
	setHeaders(w.Header(), nonce, forms, c.FramedBy)
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
	h.Set("Content-Security-Policy", policy)
	if len(framedBy) == 0 {
		h.Set("X-Frame-Options", "DENY") // which knows no list
	}
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
}
