package excel

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/sheet/container"
	"github.com/atriumhub/atrium/internal/sheet/grid"
)

// Reading is ours rather than excelize's, which ends silently where a part is damaged, unpacks parts into memory or
// temporary files before a row is seen, and does not tell TRUE from the text TRUE. Sources: ECMA-376 part 1, §18
// (SpreadsheetML), and part 2 (packages).

// A relation leads from a part to another.
type relation struct{ kind, target string }

// relations reads what a part ("" is the package) refers to, by id. The kind is the last segment of its type: the rest
// differs between ECMA's edition and the strict one.
func relations(ctx context.Context, p *container.Package, from string) (map[string]relation, error) {
	folder, base := path.Split(from)
	found := map[string]relation{}
	err := p.Each(ctx, folder+"_rels/"+base+".rels", func(e xml.StartElement) error {
		if e.Name.Local != "Relationship" || strings.EqualFold(container.Attr(e, "TargetMode"), "External") {
			return nil
		}
		target := container.Attr(e, "Target")
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", folder, target)
		}
		found[container.Attr(e, "Id")] = relation{kind: path.Base(container.Attr(e, "Type")), target: strings.TrimPrefix(path.Clean(target), "/")}
		return nil
	})
	return found, err
}

// one finds the part of a kind, or "". Where there are more, it is always the same.
func one(relations map[string]relation, kind string) string {
	for _, id := range slices.Sorted(maps.Keys(relations)) {
		if relations[id].kind == kind {
			return relations[id].target
		}
	}
	return ""
}

// Open finds the sheet and what is needed to read it.
func Open(ctx context.Context, pkg *container.Package, want string, limits grid.Limits) (*Source, error) {
	root, err := relations(ctx, pkg, "")
	if err != nil {
		return nil, err
	}
	workbook := one(root, "officeDocument")
	if workbook == "" {
		return nil, grid.Fatal(0, "is not an Excel file, whatever its name says: open it in a spreadsheet program and save it as .xlsx")
	}
	relations, err := relations(ctx, pkg, workbook)
	if err != nil {
		return nil, err
	}
	s := &Source{pkg: pkg, limits: limits, Book: &grid.Book{}}
	sheet, err := s.readWorkbook(ctx, workbook, relations, want)
	if err != nil {
		return nil, err
	}
	if name := one(relations, "styles"); name != "" {
		if s.formats, err = readFormats(ctx, pkg, name); err != nil {
			return nil, err
		}
	}
	if name := one(relations, "sharedStrings"); name != "" {
		if s.strings, err = readStrings(ctx, pkg, name); err != nil {
			return nil, err
		}
	}
	if s.part, err = pkg.Part(sheet, limits.Unzipped); err != nil {
		return nil, err
	}
	return s, nil
}

// readWorkbook finds the part of the sheet that is to be read.
func (s *Source) readWorkbook(ctx context.Context, workbook string, relations map[string]relation, want string) (string, error) {
	var names, parts []string
	var hidden []bool
	err := s.pkg.Each(ctx, workbook, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			s.date1904 = container.Truth(container.Attr(e, "date1904"))
		case "calcPr":
			// Programs that cannot compute say so here, and write nothing or 0 in the place of values.
			s.outdated = container.Truth(container.Attr(e, "fullCalcOnLoad")) || container.Attr(e, "calcCompleted") != "" && !container.Truth(container.Attr(e, "calcCompleted"))
		case "sheet":
			id := ""
			for _, a := range e.Attr {
				if a.Name.Local == "id" && a.Name.Space != "" {
					id = a.Value
				}
			}
			if relations[id].kind != "worksheet" {
				return nil // a sheet of charts
			}
			state := container.Attr(e, "state")
			names, parts = append(names, container.Attr(e, "name")), append(parts, relations[id].target)
			hidden = append(hidden, state != "" && state != "visible")
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	i, err := s.Find(want, names, func(i int) bool { return hidden[i] })
	if err != nil {
		return "", err
	}
	return parts[i], nil
}

// sharedStrings holds the texts that cells refer to, in one block: a workbook may have millions.
type sharedStrings struct {
	text []byte
	ends []int
}

func (s *sharedStrings) at(i int) (string, bool) {
	if i < 0 || i >= len(s.ends) {
		return "", false
	}
	begin := 0
	if i > 0 {
		begin = s.ends[i-1]
	}
	return string(s.text[begin:s.ends[i]]), true
}

func readStrings(ctx context.Context, p *container.Package, name string) (sharedStrings, error) {
	var s sharedStrings
	part, err := p.Part(name, p.Limit)
	if err != nil {
		return s, err
	}
	defer part.Close()
	for n := 0; ; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return s, ctx.Err()
		}
		token, err := part.Token()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "si" {
			text, err := joined(part)
			if err != nil {
				return s, err
			}
			s.text = append(s.text, text...)
			s.ends = append(s.ends, len(s.text))
		}
	}
}

// joined joins the runs of the element whose start has just been read, without how they are pronounced.
func joined(x *container.Part) (string, error) {
	var text strings.Builder
	inText := false
	for inside := x.Depth; x.Depth >= inside; {
		token, err := x.Token()
		if err != nil {
			return "", container.Unfinished(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if inText = t.Name.Local == "t"; t.Name.Local == "rPh" {
				if err := x.Skip(); err != nil {
					return "", err
				}
			}
		case xml.EndElement:
			inText = false
		case xml.CharData:
			if inText {
				text.Write(t)
			}
			if text.Len() > container.MaxToken {
				return "", grid.Fatal(0, "has a cell of more than %d MiB", container.MaxToken>>20)
			}
		}
	}
	return unescape(text.String()), nil
}

// unescape resolves _x0001_, which is how text holds characters that XML cannot.
func unescape(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		if code, ok := escaped(s[i:]); ok {
			out.WriteRune(code)
			i += len("_x0000_")
			continue
		}
		out.WriteByte(s[i])
		i++
	}
	return out.String()
}

// escaped reads the escape at the start of s. Halves of pairs stay as they are: alone they are no text.
func escaped(s string) (rune, bool) {
	if !looksEscaped(s) {
		return 0, false
	}
	code, err := strconv.ParseUint(s[2:6], 16, 16)
	if err != nil || (0xD800 <= code && code <= 0xDFFF) {
		return 0, false
	}
	return rune(code), true
}

func looksEscaped(s string) bool {
	return len(s) >= 7 && s[0] == '_' && s[1] == 'x' && s[6] == '_' && strings.Trim(s[2:6], "0123456789abcdefABCDEF") == ""
}
