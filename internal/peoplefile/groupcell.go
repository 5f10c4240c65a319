package peoplefile

import (
	"fmt"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
)

// ParseGroups reads a cell of the groups column: names between semicolons or commas,
// without the spaces around them. A name that holds one of these, or a quote, stands
// in double quotes, with its own quotes doubled. Empty names don't count.
func ParseGroups(cell string) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	for rest := cell; rest != ""; {
		var name string
		var err error
		if name, rest, err = nextGroup(rest); err != nil {
			return nil, err
		}
		if name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names, nil
}

func nextGroup(text string) (name, rest string, err error) {
	text = strings.TrimLeft(text, " \t")
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ";,")
		if end < 0 {
			return strings.TrimSpace(text), "", nil
		}
		return strings.TrimSpace(text[:end]), text[end+1:], nil
	}
	var b strings.Builder
	for text = text[1:]; ; {
		end := strings.IndexByte(text, '"')
		if end < 0 {
			return "", "", fmt.Errorf("the quote before the group %q has no end", hub.Clip(b.String()+text))
		}
		b.WriteString(text[:end])
		text = text[end+1:]
		if !strings.HasPrefix(text, `"`) {
			break
		}
		b.WriteByte('"')
		text = text[1:]
	}
	text = strings.TrimLeft(text, " \t")
	if text != "" && text[0] != ';' && text[0] != ',' {
		return "", "", fmt.Errorf("between the group %q and the next there must be a semicolon or a comma", hub.Clip(b.String()))
	}
	if text != "" {
		text = text[1:]
	}
	return b.String(), text, nil
}

// FormatGroups writes a cell that ParseGroups reads.
func FormatGroups(names []string) string {
	cells := make([]string, len(names))
	for i, name := range names {
		if strings.ContainsAny(name, `;,"`) || strings.TrimSpace(name) != name {
			name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
		cells[i] = name
	}
	return strings.Join(cells, ";")
}
