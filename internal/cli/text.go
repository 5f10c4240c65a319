package cli

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// counted is a number of things, which take an s where they are more or less than one.
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func users(n int) string     { return counted(n, "user") }
func groupsOf(n int) string  { return counted(n, "group") }
func serversOf(n int) string { return counted(n, "server") }

// firstFew names the first few of a list, and says how many more there are.
func firstFew(names []string) string {
	const few = 5
	list := printable(strings.Join(names[:min(len(names), few)], ", "))
	if more := len(names) - few; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// pythonBool writes True and False, as the guide's output has them.
func pythonBool(b bool) string {
	if b {
		return "True"
	}
	return "False"
}

// printable keeps what a hub says from doing anything to the screen.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

// pad fills up to a width in characters.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(s)))
}

// shortTime is a moment to the second, as lists show it.
func shortTime(moment, none string) string {
	if moment == "" {
		return none
	}
	return strings.Replace(moment[:19], "T", " ", 1)
}
