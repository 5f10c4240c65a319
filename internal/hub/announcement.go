package hub

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Level is how much an announcement matters, and so how it looks.
type Level string

// The levels.
const (
	Info    Level = "info"
	Warning Level = "warning"
	Urgent  Level = "urgent"
)

// Levels are all of them, from the quietest to the loudest.
func Levels() []Level { return []Level{Info, Warning, Urgent} }

// MaxAnnouncement is how many characters an announcement may have: people read it in passing.
const MaxAnnouncement = 2000

// Announcement is what people are told on their pages for some time.
type Announcement struct {
	ID      int64
	Level   Level
	Text    string // plain: an empty line begins a paragraph, addresses become links
	GroupID int64  // whose members are told; 0: everybody, also before they log in
	Group   string // its name
	From    time.Time
	Until   time.Time // zero: until it is deleted
	Author  string    // who wrote it, or changed it last
	Changed time.Time
}

// AnnouncementQuery says which announcements are listed, the newest first, those that are over last.
type AnnouncementQuery struct {
	Limit      int
	Current    bool     // without those that are over
	Restricted bool     // to those for OnlyGroups
	OnlyGroups []string // by name
}

// Shown tells whether people are told at that time.
func (a Announcement) Shown(now time.Time) bool {
	return !now.Before(a.From) && (a.Until.IsZero() || now.Before(a.Until))
}

// CheckAnnouncement is Invalid with what is wrong with a level, a text and a span of time.
func CheckAnnouncement(a Announcement) error {
	switch {
	case !slices.Contains(Levels(), a.Level):
		return Errorf(Invalid, "level must be info, warning or urgent")
	case strings.TrimSpace(a.Text) == "":
		return Errorf(Invalid, "An announcement needs a text")
	case utf8.RuneCountInString(a.Text) > MaxAnnouncement:
		return Errorf(Invalid, "The text may have %d characters, and has %d", MaxAnnouncement, utf8.RuneCountInString(a.Text))
	case strings.ContainsFunc(a.Text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return Errorf(Invalid, "The text must not have control characters besides line breaks")
	case !a.Until.IsZero() && !a.Until.After(a.From):
		return Errorf(Invalid, "until must be later than from").Plainly("The end must be later than the beginning.")
	}
	return nil
}
