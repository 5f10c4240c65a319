package pages

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
)

// Brand is whose hub it is, in the words and with the picture of whoever runs it.
type Brand struct {
	Title   string // the hub's own name, beside the product's; may be empty
	Help    string // plain text for the login page; an empty line begins a paragraph
	HelpURL string // where people find help: a page, or somebody's mail
	Logo    *Logo  // nil is Atrium's
	Colours Colours
	Links   []Link // at the foot of every page
}

// Link leads from every page to one that is not the hub's: an imprint, say.
type Link struct {
	Title string `json:"title"`
	URL   string `json:"url"`
}

// footLinks are those that may stand in a page.
func (b Brand) footLinks() []Link {
	links := []Link{}
	for _, l := range b.Links {
		if l.URL = helpLink(l.URL); l.URL != "" {
			links = append(links, l)
		}
	}
	return links
}

// addColours takes the style sheet of the colours, if they are not Atrium's.
func (p *Pages) addColours(c Colours) error {
	css, err := c.style()
	if err != nil || css == nil {
		return err
	}
	f := newFile("brand.css", css)
	f.hashed = true
	p.names["brand.css"] = "brand." + f.tag[:10] + ".css"
	p.files[p.names["brand.css"]] = f
	return nil
}

// addLogo takes the picture; Atrium's own where there is none.
func (p *Pages) addLogo(logo *Logo) {
	if logo == nil {
		p.logo, p.names["logo"] = p.files["logo.svg"], p.names["logo.svg"]
		return
	}
	named := *logo.file
	named.hashed = true
	p.names["logo"] = "logo." + named.tag[:10] + logo.ext
	p.files[p.names["logo"]], p.logo = &named, logo.file
}

// MaxLogo is how large a logo may be, in bytes: every page shows it.
const MaxLogo = 512 << 10

// Logo is a picture that browsers show.
type Logo struct {
	file *file
	ext  string
}

// NewLogo takes a picture, by what it holds and not by its name. The error says what is
// wrong with the file, after its name.
func NewLogo(content []byte) (*Logo, error) {
	if len(content) > MaxLogo {
		return nil, fmt.Errorf("is larger than %d KiB; make the picture smaller", MaxLogo>>10)
	}
	ext := pictureOf(content)
	if ext == "" {
		return nil, errors.New("is none of PNG, JPEG, WebP and SVG in UTF-8")
	}
	f := newFile("logo"+ext, content)
	var err error
	if f.gz, err = compress(content); err != nil {
		return nil, err
	}
	return &Logo{file: f, ext: ext}, nil
}

// pictureOf is how the name of a file with this content ends; empty where it is no picture.
func pictureOf(content []byte) string {
	switch {
	case bytes.HasPrefix(content, []byte("\x89PNG\r\n\x1a\n")):
		return ".png"
	case bytes.HasPrefix(content, []byte("\xff\xd8\xff")):
		return ".jpg"
	case len(content) > 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP":
		return ".webp"
	case isSVG(content):
		return ".svg"
	}
	return ""
}

// isSVG tells whether the content is XML whose outermost element is svg.
func isSVG(content []byte) bool {
	d := xml.NewDecoder(bytes.NewReader(content))
	root := ""
	for {
		token, err := d.Token()
		if err != nil {
			return errors.Is(err, io.EOF) && root == "svg"
		}
		if e, ok := token.(xml.StartElement); ok && root == "" {
			root = e.Name.Local
		}
	}
}

// Piece is a part of a paragraph: text, and where it leads if it is a link.
type Piece struct{ Text, URL string }

var (
	emptyLines = regexp.MustCompile(`\n[ \t]*\n\s*`)
	address    = regexp.MustCompile(`https?://[^\s<>"'(){}\[\]|\\^` + "`" + `]+`)
)

// paragraphs is plain text as a page shows it: an empty line begins a paragraph, and
// addresses are links. It holds no markup; the template escapes each piece.
func paragraphs(text string) [][]Piece {
	var all [][]Piece
	for _, paragraph := range emptyLines.Split(strings.TrimSpace(text), -1) {
		var pieces []Piece
		for _, at := range address.FindAllStringIndex(paragraph, -1) {
			begin, end := at[0], at[0]+len(strings.TrimRight(paragraph[at[0]:at[1]], ".,;:!?*_"))
			link := paragraph[begin:end]
			if safeLink(link, "") == "" {
				continue
			}
			done := lengthOf(pieces)
			pieces = appendText(pieces, paragraph[done:begin])
			pieces = append(pieces, Piece{Text: link, URL: link})
		}
		if pieces = appendText(pieces, paragraph[lengthOf(pieces):]); len(pieces) > 0 {
			all = append(all, pieces)
		}
	}
	return all
}

func appendText(pieces []Piece, text string) []Piece {
	if text == "" {
		return pieces
	}
	return append(pieces, Piece{Text: text})
}

func lengthOf(pieces []Piece) (n int) {
	for _, p := range pieces {
		n += len(p.Text)
	}
	return n
}

// helpLink is the address of help, if it may stand in a link.
func helpLink(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Scheme == "mailto" && u.Opaque != "" {
		return raw
	}
	if strings.HasPrefix(raw, "/") {
		return ""
	}
	return safeLink(raw, "")
}
