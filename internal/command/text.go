package command

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Counted is a number of things, which take an s where they are more or less than one.
func Counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Thousands writes a number with commas: 1,240.
func Thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// Users is a number of people, in words.
func Users(n int) string { return Counted(n, "user") }

// Groups is a number of groups, in words.
func Groups(n int) string { return Counted(n, "group") }

// Servers is a number of servers, in words.
func Servers(n int) string { return Counted(n, "server") }

// FirstFew names the first few of a list, and says how many more there are.
func FirstFew(names []string) string {
	const few = 5
	list := Printable(strings.Join(names[:min(len(names), few)], ", "))
	if more := len(names) - few; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// PythonBool writes True and False, as the guide's output has them.
func PythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// Printable keeps what a hub says from doing anything to the screen.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

// Pad fills up to a width in characters.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// ShortTime is a moment to the second, as lists show it.
func ShortTime(moment, none string) string {
	if moment == "" {
		return none
	}
	return strings.Replace(moment[:19], "T", " ", 1)
}
