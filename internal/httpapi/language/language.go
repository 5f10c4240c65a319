// Package language says the hub's texts in the language of whoever reads them.
//
// English stands where the text is used, in a template or a message, and is the key to the others: de.json has the German
// of each. Texts with what changes in them are formats, "Ask %s to share it." A message that is made elsewhere, and
// arrives whole, is recognised by its format; what is in no catalogue stays English.
package language

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Tag is a language, as HTML and Accept-Language name it. The empty one is English.
type Tag string

// The languages that there are.
const (
	English Tag = "en"
	German  Tag = "de"
)

// Tags are all languages.
func Tags() []Tag { return []Tag{English, German} }

//go:embed de.json
var files embed.FS

// texts are the words of a language.
type texts struct {
	exact    map[string]string
	patterns []pattern
}

// pattern recognises what a format made.
type pattern struct {
	first, last string // how all that it made begins and ends, which is looked at before the whole
	made        *regexp.Regexp
	format      string // the other language's, with what was recognised as text
}

var german = sync.OnceValue(func() texts { //nolint:gochecknoglobals // read once, and never changed
	raw, err := files.ReadFile("de.json")
	if err != nil {
		panic(err) // it is embedded
	}
	t := texts{exact: map[string]string{}}
	if err := json.Unmarshal(raw, &t.exact); err != nil {
		panic(fmt.Errorf("language: de.json: %w", err))
	}
	for format, translated := range t.exact {
		if verb.MatchString(format) {
			at := verb.FindAllStringIndex(format, -1)
			t.patterns = append(t.patterns, pattern{
				format[:at[0][0]], format[at[len(at)-1][1]:], patternOf(format), verb.ReplaceAllString(translated, "%${1}s"),
			})
		}
	}
	// The one that says most first: "Ask %s." before "%s".
	slices.SortFunc(t.patterns, func(a, b pattern) int { return len(b.made.String()) - len(a.made.String()) })
	return t
})

var (
	verb    = regexp.MustCompile(`%(\[\d+\])?[sd]`)
	ordinal = regexp.MustCompile(`^(\d+)(?:st|nd|rd|th)$`)
)

func patternOf(format string) *regexp.Regexp {
	var text strings.Builder
	at := 0
	for _, v := range verb.FindAllStringIndex(format, -1) {
		text.WriteString(regexp.QuoteMeta(format[at:v[0]]))
		if format[v[1]-1] == 'd' {
			text.WriteString(`(\d+)`)
		} else {
			text.WriteString(`(.+?)`)
		}
		at = v[1]
	}
	return regexp.MustCompile(`(?s)^` + text.String() + regexp.QuoteMeta(format[at:]) + `$`)
}

// Text fills in a format in the language.
func (t Tag) Text(format string, args ...any) string {
	if t == German {
		if translated, ok := german().exact[format]; ok {
			format = translated
		}
	}
	if len(args) == 0 {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// Say gives a text that was made in English, if the catalogue has it or knows its format; else the text itself.
func (t Tag) Say(text string) string {
	if t != German || text == "" {
		return text
	}
	known := german()
	if translated, ok := known.exact[text]; ok {
		return translated
	}
	if m := ordinal.FindStringSubmatch(text); m != nil {
		return m[1] + "."
	}
	for _, p := range known.patterns {
		if !strings.HasPrefix(text, p.first) || !strings.HasSuffix(text, p.last) {
			continue
		}
		m := p.made.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		args := make([]any, len(m)-1)
		for i, part := range m[1:] {
			if part[0] >= '0' && part[0] <= '9' || isSentence(part) { // "30 seconds"; anything else may be a name
				part = t.Say(part)
			}
			args[i] = part
		}
		return fmt.Sprintf(p.format, args...)
	}
	return text
}

// isSentence tells whether a text that is part of another one is a sentence of its own, as the cause of a failure is.
func isSentence(text string) bool { return strings.HasSuffix(text, ".") && strings.Contains(text, " ") }

// Of is the language of a request, as Accept-Language wants it; English where it wants none that there is.
func Of(r *http.Request) Tag {
	best, most := English, 0.0
	for item := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		name, params, _ := strings.Cut(strings.ToLower(strings.TrimSpace(item)), ";")
		name, _, _ = strings.Cut(strings.TrimSpace(name), "-")
		if weight := weightOf(params); slices.Contains(Tags(), Tag(name)) && weight > most {
			best, most = Tag(name), weight
		}
	}
	return best
}

// weightOf is the q among the parameters.
func weightOf(params string) float64 {
	q, ok := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !ok {
		return 1
	}
	weight, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
	if err != nil {
		return 0
	}
	return weight
}
