// Package slug makes names for programs of names for people.
package slug

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Of makes a slug of a name, as KubeSpawner does by python-slugify: small letters and digits, with
// hyphens for all between. Names in other than Latin letters make none.
func Of(name string) string {
	var b strings.Builder
	for _, c := range norm.NFKD.String(strings.ToLower(strings.ReplaceAll(name, "ß", "ss"))) {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b.WriteRune(c)
		case unicode.Is(unicode.Mn, c), c == '’', c == ',' && endsInDigit(b.String()):
		case c > unicode.MaxASCII && unicode.IsLetter(c):
			return ""
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimRight(b.String(), "-")
}

func endsInDigit(s string) bool { return s != "" && s[len(s)-1] >= '0' && s[len(s)-1] <= '9' }
