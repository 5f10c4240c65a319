package pages

import (
	"fmt"
	"html/template"
	"strings"
)

// site is what templates see of the hub itself: it is the same on every page.
type site struct {
	Hub   string // where the hub's own pages are, "/hub/"
	Brand Brand
	App   entry
	Links map[string]string // of our own files, by their plain names, and of the "logo"
	Same  same
}

// same are the parts of pages that are the same for everybody. They are rendered once:
// escaping an address for where it stands is most of what a page costs.
type same struct {
	Files    template.HTML // what every page loads
	AppFiles template.HTML // what the React app's page loads besides
	// What a page of the panel loads besides, by its name.
	PanelFiles map[string]template.HTML
	Brand      template.HTML // the header's picture and name
	Help       template.HTML // a link to help; empty where there is none
	Home       template.HTML
	Menu       template.HTML // links of those who are logged in
	Foot       template.HTML // links that whoever runs the hub wants on each page; empty where there are none
	Before     template.HTML // what people should know before they log in; empty is nothing
}

// renderSame renders them, from templates of the layout.
func (s *site) renderSame(t *template.Template) error {
	view := struct {
		site
		HelpLink  string
		Before    [][]Piece
		FootLinks []Link
	}{*s, helpLink(s.Brand.HelpURL), paragraphs(s.Brand.Help), s.Brand.footLinks()}
	for name, part := range map[string]*template.HTML{
		"files": &s.Same.Files, "app files": &s.Same.AppFiles, "brand": &s.Same.Brand, "help": &s.Same.Help,
		"home": &s.Same.Home, "menu": &s.Same.Menu, "before": &s.Same.Before, "foot": &s.Same.Foot,
	} {
		var text strings.Builder
		if err := t.ExecuteTemplate(&text, name, view); err != nil {
			return fmt.Errorf("render %q: %w", name, err)
		}
		*part = template.HTML(text.String()) //nolint:gosec // html/template has escaped it
	}
	s.Same.PanelFiles = make(map[string]template.HTML, len(s.App.Panel))
	for name, part := range s.App.Panel {
		var text strings.Builder
		view.App = part
		if err := t.ExecuteTemplate(&text, "app files", view); err != nil {
			return fmt.Errorf("render the files of %q: %w", name, err)
		}
		s.Same.PanelFiles[name] = template.HTML(text.String()) //nolint:gosec // html/template has escaped it
	}
	return nil
}
