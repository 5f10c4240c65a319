package grid

import (
	"strings"
	"unicode/utf8"
)

// active is true for text that a spreadsheet would compute, after any apostrophes.
func active(cell string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, "'"))
	return r != utf8.RuneError && strings.ContainsRune("=+-@\t\r\n＝＋－＠", r)
}

// Guard takes the meaning from a cell that would be a formula.
func Guard(cell string) string {
	if active(cell) {
		return "'" + cell
	}
	return cell
}

// Bare is Guard's inverse.
func Bare(cell string) string {
	if strings.HasPrefix(cell, "'") && active(cell) {
		return cell[1:]
	}
	return cell
}
