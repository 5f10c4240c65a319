package hub

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// SavedView is a way to look at the list of people that somebody keeps under a name.
type SavedView struct {
	UserID  int64
	Name    string
	Query   string // of the page's address
	Changed time.Time
}

// How long the name and the query of a view may be, in characters, and how many views somebody has.
const (
	MaxViewName  = 64
	MaxViewQuery = 2000
	MaxViews     = 50
)

// ViewName checks the name of a view, without the space around it.
func ViewName(raw string) (string, error) {
	name := strings.TrimSpace(raw)
	if name == "" || utf8.RuneCountInString(name) > MaxViewName || !isPlain(name) {
		return "", Errorf(Invalid, "The name of a view has 1 to %d characters, all of which can be seen", MaxViewName)
	}
	return name, nil
}

// CheckViewQuery refuses what is no query of a page.
func CheckViewQuery(query string) error {
	if utf8.RuneCountInString(query) > MaxViewQuery || !isPlain(query) {
		return Errorf(Invalid, "The query of a view has at most %d characters, all of which can be seen", MaxViewQuery)
	}
	return nil
}

func isPlain(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) })
}
