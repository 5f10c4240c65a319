package peoplefile

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/sheet"
)

// What nobody could type, or nobody has typed: names with characters that cannot be seen or told from others, and values
// that a spreadsheet made of what was typed. They are valid, and no accident can be told from a wish; so whoever wants
// them says so.

// Doubts are what is odd about a row; empty texts for nothing.
type Doubts struct{ Name, Password, Groups string }

// doubts looks at what a row of a file says.
func (r Row) doubts(kinds map[int]sheet.Kind, at columns) Doubts {
	d := Doubts{Name: MadeOf(kinds[at.username])}
	if d.Name == "" {
		d.Name = Odd(r.Name)
	}
	if d.Name == "" && dated(r.Name) {
		d.Name = "is a date, such as a spreadsheet makes of mar1"
	}
	if r.Password != "" {
		d.Password = prefixed("the password ", cmp.Or(MadeOf(kinds[at.password]), spoilt(r.Password)))
	}
	for _, group := range r.Groups {
		if d.Groups == "" {
			d.Groups = prefixed("the group "+hub.Clip(group)+" ", cmp.Or(MadeOf(kinds[at.groups]), Odd(group)))
		}
	}
	return d
}

func prefixed(what, reason string) string {
	if reason == "" {
		return ""
	}
	return what + reason
}

// MadeOf is what is odd about a cell that is no text.
func MadeOf(kind sheet.Kind) string {
	switch kind {
	case sheet.Date:
		return "is a date or a time to the spreadsheet, whatever was typed"
	case sheet.Truth:
		return "is TRUE or FALSE to the spreadsheet, whatever was typed"
	}
	return ""
}

// Odd is what is odd about a name, of a person or a group.
func Odd(name string) string {
	if reason := spoilt(name); reason != "" {
		return reason
	}
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return oddCharacter(name)
		}
	}
	return ""
}

var (
	cutNumber = regexp.MustCompile(`(?i)^-?\d([.,]\d+)?e\+\d{2,3}$`)
	pointZero = regexp.MustCompile(`^\d{5,}\.0$`)
	errNumber = regexp.MustCompile(`(?i)^err:\d{3}$`)
)

// spreadsheetErrors are what spreadsheets write for what they cannot compute, in some of their languages.
func spreadsheetErrors() []string {
	return []string{
		"#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#GETTING_DATA",
		"#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!", "#KALK!", "#FELD!", "#NOM?", "#VALEUR!", "#NOMBRE!", "#NUL!", "#PROPAGATION!",
		"#¿NOMBRE?", "#¡REF!", "#¡VALOR!", "#¡DIV/0!", "#¡NUM!", "#¡NULO!", "#NOME?", "#RIF!", "#VALORE!", "#NULLO!", "#N/D", "#VALOR!", "#NÚM!",
		"#NAAM?", "#VERW!", "#WAARDE!", "#GETAL!", "#N/B",
	}
}

// spoilt is what is odd about any text that a program has made of something else.
func spoilt(text string) string {
	switch {
	case strings.ContainsRune(text, utf8.RuneError):
		return "has U+FFFD in it, which stands for a character that was lost"
	case strings.HasPrefix(text, "#") && slices.Contains(spreadsheetErrors(), strings.ToUpper(text)), errNumber.MatchString(text):
		return "is the error of a spreadsheet"
	case cutNumber.MatchString(text):
		return "is a number whose digits a spreadsheet has cut"
	case pointZero.MatchString(text):
		return "is a whole number to which a program has added .0"
	}
	return ""
}

// As spreadsheets cut them short, in some of their languages.
const months = `(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|jän|mrz|mär|mai|okt|dez|janv|févr|fevr|mars|avr|juin|juil|août|aout|sept|déc|` +
	`ene|abr|ago|dic|gen|mag|giu|lug|set|ott|fev|out|mrt|mei)\.?`

// What spreadsheets write for days and times: 2026-03-01, 1-mar, 01. mrz, 1-mar-26, mar-01, 01.03.2026, 8:30.
var dates = regexp.MustCompile(`^(\d{4}-\d\d-\d\d([ t]\d\d:\d\d(:\d\d)?)?` +
	`|\d{1,2}[-. ]+` + months + `([-. ]+(\d\d|\d{4}))?` +
	`|` + months + `[- ]\d\d` +
	`|(0?[1-9]|[12]\d|3[01])[.-](0?[1-9]|1[0-2])[.-](19|20)\d\d` +
	`|\d{1,2}:\d\d(:\d\d)?)$`)

// dated is true of a name that is a date or a time.
func dated(name string) bool { return dates.MatchString(strings.ToLower(name)) }

// oddCharacter names the first character of a name that nobody could type, or tell from another.
func oddCharacter(name string) string {
	if !norm.NFC.IsNormalString(name) {
		return "has an accent that is a character of its own, where keyboards write one letter"
	}
	latin := false
	for _, r := range name {
		latin = latin || unicode.Is(unicode.Latin, r)
	}
	for i, r := range name {
		what := ""
		switch {
		case invisible(r):
			what = "a character that cannot be seen"
		case strings.ContainsRune("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\uFE58\uFE63\uFF0D‘’‚‛“”„‟", r):
			what = "a dash or quote that is not a keyboard's"
		case lookalike(r):
			what = "a letter or digit of unusual form"
		case latin && foreign(r):
			what = "a letter of another script among Latin ones"
		default:
			continue
		}
		after := ""
		if i > 0 {
			after = fmt.Sprintf(", after %q", tail(name[:i]))
		}
		return fmt.Sprintf("has %s: U+%04X%s%s", what, r, called(r), after)
	}
	return ""
}

// tail is what of a text stands before a place, a few letters.
func tail(text string) string {
	const few = 8
	runes := []rune(text)
	return string(runes[max(0, len(runes)-few):])
}

// invisible is true of what has no ink, or turns the direction of what follows.
func invisible(r rune) bool {
	return r != ' ' && unicode.In(r, unicode.Z, unicode.Cf, unicode.Co, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector) ||
		r == '\u2800' || !unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.P, unicode.S, unicode.Z)
}

// lookalike is true of forms of Latin letters and digits that fonts have for decoration.
func lookalike(r rune) bool {
	plain := norm.NFKC.String(string(r))
	return r >= utf8.RuneSelf && plain != string(r) && strings.Trim(strings.ToLower(plain), "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

// foreign is true of letters and digits that do not belong among Latin letters. Those of East Asia do: who writes them
// writes both.
func foreign(r rune) bool {
	if r < utf8.RuneSelf || !unicode.In(r, unicode.L, unicode.Nd) {
		return false
	}
	return !unicode.In(r, unicode.Latin, unicode.Common, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo) ||
		unicode.In(r, unicode.Nd)
}

// called is the name of a character, or of its script, for those that are met.
func called(r rune) string {
	switch r {
	case '\u00A0':
		return " (no-break space)"
	case '\u00AD':
		return " (soft hyphen)"
	case '\u200B':
		return " (zero width space)"
	case '\u200C', '\u200D':
		return " (zero width joiner)"
	case '\u200E', '\u200F', '\u202A', '\u202B', '\u202C', '\u202D', '\u202E', '\u2066', '\u2067', '\u2068', '\u2069':
		return " (for text from right to left)"
	case '\uFEFF':
		return " (byte-order mark)"
	}
	if !unicode.IsLetter(r) {
		return ""
	}
	scripts := make([]string, 0, 1)
	for name, table := range unicode.Scripts {
		if name != "Common" && name != "Latin" && unicode.Is(table, r) {
			scripts = append(scripts, name)
		}
	}
	slices.Sort(scripts)
	if len(scripts) == 0 {
		return ""
	}
	return " (" + scripts[0] + ")"
}
