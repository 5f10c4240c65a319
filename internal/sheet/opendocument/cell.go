package opendocument

import (
	"encoding/xml"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/atriumhub/atrium/internal/sheet/container"
	"github.com/atriumhub/atrium/internal/sheet/grid"
	"github.com/atriumhub/atrium/internal/sheet/numfmt"
)

// odsMeaning is a cell's text, by its type. shown is what the file says that it looks like.
func odsMeaning(e xml.StartElement, shown string) (string, grid.Kind, error) {
	switch office(e, "value-type") {
	case "float", "percentage", "currency":
		text, err := odsNumber(office(e, "value"), shown)
		return text, grid.Text, err
	case "boolean":
		return strconv.FormatBool(container.Truth(office(e, "boolean-value"))), grid.Truth, nil
	case "date":
		return odsDate(office(e, "date-value")), grid.Date, nil
	case "time":
		return odsTime(office(e, "time-value")), grid.Date, nil
	}
	if text := office(e, "string-value"); text != "" {
		shown = text
	}
	return grid.Bare(shown), grid.Text, nil
}

// odsNumber is a number as it is shown, if that has text around it or leading zeros, and else written out.
func odsNumber(value, shown string) (string, error) {
	number, _, err := new(numfmt.Format).Show(value, false)
	shown = strings.TrimSpace(shown)
	if err == nil && shown != "" && (leadingZero.MatchString(shown) || !measured(shown)) {
		return shown, nil
	}
	return number, err
}

var leadingZero = regexp.MustCompile(`^-?0\d`)

// measured is true of what is a number in some country's way of writing, percent, currency or exponent: such a cell is
// read as the number that it holds.
func measured(shown string) bool {
	bare := strings.TrimFunc(shown, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Sc, r) || r == '%' })
	if inside, ok := strings.CutPrefix(bare, "("); ok { // a negative number, to an accountant
		bare = strings.TrimSuffix(inside, ")")
	}
	return measure.MatchString(bare)
}

// Digits, with separators between them: points, commas, apostrophes, spaces of several widths.
var measure = regexp.MustCompile(`^-?[\p{Sc}\s]*\d*([.,'’\s\x{00A0}\x{2009}\x{202F}]\d+)*[.,]?(E[+-]?\d+)?$`)

// odsDate reads 2026-01-31 and 2026-01-31T08:30:00.
func odsDate(value string) string {
	day, at, timed := strings.Cut(value, "T")
	if _, err := time.Parse(time.DateOnly, day); err != nil || !timed {
		return value
	}
	at, _, _ = strings.Cut(at, ".")
	if at == "00:00:00" {
		return day
	}
	return day + " " + at
}

var duration = regexp.MustCompile(`^PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S$`)

// odsTime reads PT08H30M00S.
func odsTime(value string) string {
	parts := duration.FindStringSubmatch(value)
	if parts == nil {
		return value
	}
	for i, part := range parts {
		if len(part) == 1 {
			parts[i] = "0" + part
		}
	}
	return parts[1] + ":" + parts[2] + ":" + parts[3]
}

var odsErrors = regexp.MustCompile(`^(#[^ ]+[!?]|#N/A|Err:\d+)$`)

// isError is true of what a formula shows that cannot be computed.
func isError(shown string) bool { return odsErrors.MatchString(shown) }

// paragraphs reads the text of the cell whose start has just been read, without its comments and drawings. written tells
// whether there is a paragraph, if an empty one.
func paragraphs(x *container.Part) (text string, written bool, err error) {
	var p paragraph
	for inside := x.Depth; x.Depth >= inside; {
		token, err := x.Token()
		if err != nil {
			return "", false, container.Unfinished(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if !p.begin(t, x.Depth) {
				if err := x.Skip(); err != nil {
					return "", false, err
				}
			}
		case xml.EndElement:
			if x.Depth < p.open {
				p.open = 0
			}
		case xml.CharData:
			p.write(string(t))
		}
		if p.text.Len() > container.MaxToken {
			return "", false, grid.Fatal(0, "has a cell of more than %d MiB", container.MaxToken>>20)
		}
	}
	return p.text.String(), p.any, nil
}

// paragraph is the text of a cell on its way. Spaces that follow each other are one, but those that are marked.
type paragraph struct {
	text  strings.Builder
	open  int  // depth of the paragraph under way; 0 between them
	any   bool // there is one
	space bool // one was written just now
}

// begin notes an element of a cell; false for one that is no part of its text.
func (p *paragraph) begin(e xml.StartElement, depth int) bool {
	name := e.Name.Local
	switch {
	case e.Name.Space != textSpace, name == "note", name == "ruby-text":
		return false
	case p.open > 0:
		p.mark(e)
	case name == "p", name == "h":
		if p.any {
			p.text.WriteByte('\n')
		}
		p.any, p.space, p.open = true, true, depth
	default:
		return strings.HasPrefix(name, "list") // which has paragraphs
	}
	return true
}

func (p *paragraph) mark(e xml.StartElement) {
	switch e.Name.Local {
	case "s":
		n, err := strconv.Atoi(container.Attr(e, "c"))
		if err != nil {
			n = 1
		}
		p.text.WriteString(strings.Repeat(" ", min(max(n, 0), container.MaxToken)))
	case "tab":
		p.text.WriteByte('\t')
	case "line-break":
		p.text.WriteByte('\n')
	default:
		return
	}
	p.space = false
}

func (p *paragraph) write(text string) {
	if p.open == 0 {
		return
	}
	for _, r := range text {
		space := r == ' ' || r == '\t' || r == '\r' || r == '\n'
		if space {
			r = ' '
		}
		if !space || !p.space {
			p.text.WriteRune(r)
		}
		p.space = space
	}
}
