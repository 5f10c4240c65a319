package numfmt

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/sheet/grid"
)

// kind is what a format makes of a number.
type kind byte

const (
	plain kind = iota
	date
	dateTime
	clock
)

// Format is how a spreadsheet shows a cell: a format code, taken apart (ECMA-376 part 1, §18.8.31). The zero value
// shows numbers as they are.
type Format struct {
	numbers []section // for all; or for positive ones (and zero) and negative ones; or for positive ones, negative ones, zero
	texts   section
}

// section is what of a format holds for some numbers.
type section struct {
	kind      kind
	tokens    []token
	zeros     int  // at least so many digits, where there is nothing but these
	text      bool // something is shown that is no part of a number
	measure   bool // there are decimals, separators, percent or the like
	condition bool // it does not hold by the number's sign
}

// token is a part of a section: text, the place of a digit (0, # or ?), or of the whole ('G' General, '@' text).
type token struct {
	text string
	kind byte
}

// maxFormat is more than any spreadsheet takes, in bytes.
const maxFormat = 4096

// Parse takes a format code apart.
func Parse(code string) *Format {
	f := &Format{}
	if len(code) > maxFormat {
		f.numbers = []section{{text: true, measure: true}}
		return f
	}
	for _, text := range sections(code) {
		f.numbers = append(f.numbers, sectionOf(text))
	}
	last := f.numbers[len(f.numbers)-1]
	if slices.ContainsFunc(last.tokens, func(t token) bool { return t.kind == '@' }) {
		f.texts = last
		f.numbers = f.numbers[:len(f.numbers)-1]
	}
	f.numbers = f.numbers[:min(len(f.numbers), 3)]
	return f
}

// sections splits a code at its semicolons.
func sections(code string) []string {
	var found []string
	begin := 0
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '\\', '_', '*':
			i++
		case '"':
			i += max(0, strings.IndexByte(code[i+1:], '"')+1)
		case '[':
			i += max(0, strings.IndexByte(code[i:], ']'))
		case ';':
			found = append(found, code[begin:i])
			begin = i + 1
		}
	}
	return append(found, code[min(begin, len(code)):])
}

// sectionOf reads a section. One that makes no sense shows numbers as they are.
func sectionOf(code string) section {
	var s section
	var letters strings.Builder // that may stand for parts of a time
	literal := func(text string) {
		if n := len(s.tokens); n > 0 && s.tokens[n-1].kind == 0 {
			s.tokens[n-1].text += text
			return
		}
		s.tokens = append(s.tokens, token{text: text})
	}
	for code != "" {
		r, size := utf8.DecodeRuneInString(code)
		rest := code[size:]
		switch {
		case strings.HasPrefix(strings.ToLower(code[:min(len(code), len("general"))]), "general"):
			s.tokens = append(s.tokens, token{kind: 'G'})
			rest = code[len("general"):]
		case strings.ContainsRune("0#?@", r):
			s.tokens = append(s.tokens, token{kind: byte(r)})
		case strings.ContainsRune(".,%/", r):
			s.measure = true
		case r == '\\': // the next one is shown
			_, size = utf8.DecodeRuneInString(rest)
			literal(rest[:size])
			rest = rest[size:]
		case r == '_', r == '*': // the next one is a width, or is repeated
			_, size = utf8.DecodeRuneInString(rest)
			rest = rest[size:]
		case r == '"':
			text, after, closed := strings.Cut(rest, `"`)
			if !closed {
				return section{}
			}
			literal(text)
			rest = after
		case r == '[':
			inside, after, closed := strings.Cut(rest, "]")
			if !closed {
				return section{}
			}
			s.bracket(strings.ToLower(inside), &letters)
			rest = after
		case unicode.IsLetter(r):
			letters.WriteRune(unicode.ToLower(r))
			if exponent := r == 'E' && strings.IndexAny(rest, "+-") == 0; exponent {
				s.measure, rest = true, rest[1:]
			}
		default:
			literal(string(r))
		}
		code = rest
	}
	s.kind = kindOf(letters.String())
	s.judge()
	return s
}

// bracket reads what stands in brackets: a colour, a condition, a currency, hours that have passed.
func (s *section) bracket(inside string, letters *strings.Builder) {
	switch {
	case inside == "":
	case strings.ContainsAny(inside[:1], "<>="):
		s.condition = true
	case strings.Trim(inside, inside[:1]) == "" && strings.ContainsAny(inside[:1], "hms"):
		letters.WriteString(inside)
	}
}

func kindOf(letters string) kind {
	days, hours := strings.ContainsAny(letters, "yd"), strings.ContainsAny(letters, "hs")
	switch {
	case days && hours:
		return dateTime
	case hours:
		return clock
	case days, strings.Contains(letters, "mmm"):
		return date
	}
	return plain
}

// judge finds out whether a section shows more than a number. Spaces around it and currencies are no such thing; a space
// between digits is one where there are always so many of them.
func (s *section) judge() {
	first := slices.IndexFunc(s.tokens, func(t token) bool { return t.kind != 0 })
	last := len(s.tokens) - 1
	for last > first && s.tokens[last].kind == 0 {
		last--
	}
	fixed := !slices.ContainsFunc(s.tokens, func(t token) bool { return t.kind != 0 && t.kind != '0' })
	for i, t := range s.tokens {
		between := fixed && first >= 0 && i > first && i < last
		s.text = s.text || strings.ContainsFunc(t.text, func(r rune) bool {
			return between || !unicode.IsSpace(r) && !unicode.Is(unicode.Sc, r)
		})
		if t.kind == '0' {
			s.zeros++
		}
	}
	if !fixed || s.measure || len(s.tokens) != s.zeros {
		s.zeros = 0
	}
}

// sign is true of text that says no more than that a number is negative, or zero: -7, (7), - €.
func (s *section) sign() bool {
	var text strings.Builder
	for _, t := range s.tokens {
		text.WriteString(t.text)
	}
	around := strings.TrimFunc(text.String(), func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Sc, r) })
	return around == "-" || around == "()"
}

// Show writes a number as the comment of package sheet says. It fails for what is none, and for what cannot be written so.
func (f *Format) Show(value string, from1904 bool) (string, grid.Kind, error) {
	n, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
		return "", grid.Text, grid.Fatal(0, grid.Damaged)
	}
	s, signed := f.section(n)
	if s.kind != plain {
		if text, ok := s.kind.when(n, from1904); ok {
			return text, grid.Date, nil
		}
	}
	text, err := written(value, n)
	switch {
	case err != nil, s.kind != plain:
	case s.text && !(signed && s.sign()):
		text, err = s.around(text, signed)
	case n >= 0 && n == math.Trunc(n):
		text = strings.Repeat("0", max(0, s.zeros-len(text))) + text
	}
	return text, grid.Text, err
}

// section is the one for a number. signed says that it is for such a sign, and shows that.
func (f *Format) section(n float64) (s section, signed bool) {
	if slices.ContainsFunc(f.numbers, func(s section) bool { return s.condition }) {
		for _, other := range f.numbers {
			s.text = s.text || other.text
		}
		s.condition = true
		return s, false
	}
	switch {
	case len(f.numbers) == 0:
		return s, false
	case n < 0 && len(f.numbers) > 1:
		return f.numbers[1], true
	case n == 0 && len(f.numbers) > 2:
		return f.numbers[2], true
	}
	return f.numbers[0], false
}

// around puts a section's text around a number that is written out.
func (s *section) around(number string, signed bool) (string, error) {
	digits, negative := strings.CutPrefix(number, "-")
	places := slices.ContainsFunc(s.tokens, func(t token) bool { return t.kind != 0 && t.kind != 'G' })
	if s.measure || s.condition || places && strings.Contains(digits, ".") {
		return "", grid.BadCell("holds a number that its format shows with text, in a way that cannot be told: format the column as text, and write what is meant")
	}
	if digits == "0" {
		digits = ""
	}
	first := slices.IndexFunc(s.tokens, func(t token) bool { return t.kind != 0 && t.kind != 'G' })
	shown := make([]string, len(s.tokens))
	for i, t := range slices.Backward(s.tokens) {
		switch end := len(digits) - 1; {
		case t.kind == 0:
			shown[i] = t.text
		case t.kind == 'G':
			shown[i] = strings.TrimPrefix(number, "-")
		case i == first && end >= 0:
			shown[i] = digits
		case end >= 0:
			shown[i], digits = digits[end:], digits[:end]
		case t.kind == '0':
			shown[i] = "0"
		case t.kind == '?':
			shown[i] = " "
		}
	}
	text := strings.Join(shown, "")
	if negative && !signed {
		text = "-" + text
	}
	return text, nil
}

// Text is how a text is shown: a format like "room "@ puts something around it.
func (f *Format) Text(text string) string {
	if !f.texts.text || text == "" {
		return text
	}
	var b strings.Builder
	for _, t := range f.texts.tokens {
		if t.kind == '@' {
			b.WriteString(text)
		}
		b.WriteString(t.text)
	}
	return b.String()
}
