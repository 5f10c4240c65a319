package login

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/atriumhub/atrium/internal/hub"
)

// commonPasswords is passwords of six characters and more that are tried first by
// whoever guesses, in lower case, sorted, a line each, compressed. They are those of
// the 20,000 most frequent ones that Royce Williams counted in published leaks
// (gist.github.com/roycewilliams/226886fd01572964e1431ac8afc999ce), as Django's
// package carries them.
//
//go:embed passwords/common.txt.gz
var commonPasswords []byte

// readCommon unpacks the list.
func readCommon() ([]string, error) {
	r, err := gzip.NewReader(bytes.NewReader(commonPasswords))
	if err != nil {
		return nil, fmt.Errorf("read the list of common passwords: %w", err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the list of common passwords: %w", err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), nil
}

// Bounds of passwords.
const (
	defaultMinPassword = 8    // characters
	maxPassword        = 4096 // bytes
	passwordKinds      = 4
)

// PasswordPolicy is what a password must be that somebody is given or chooses.
type PasswordPolicy struct {
	MinLength int // characters; 0 is 8
	Classes   int // of the kinds lower case, capitals, digits, others, how many must occur; 0 and 1 ask for none
}

// Least is the least length, in characters.
func (p PasswordPolicy) Least() int {
	if p.MinLength <= 0 {
		return defaultMinPassword
	}
	return p.MinLength
}

// String says in a sentence or two what a password must be.
func (p PasswordPolicy) String() string {
	text := "At least " + strconv.Itoa(p.Least()) + " characters; not your username, and none of the passwords that everybody tries."
	switch {
	case p.Classes >= passwordKinds:
		text += " With small letters, capitals, digits and other characters."
	case p.Classes > 1:
		text += " With at least " + strconv.Itoa(p.Classes) + " of: small letters, capitals, digits, other characters."
	}
	return text
}

// check says what is wrong with a password for somebody of the name. The bytes are
// taken as they are: nothing is normalised, since hashes that other programs made
// were not either.
func (p PasswordPolicy) check(name, password string) error {
	switch {
	case password == "":
		return hub.Errorf(hub.Invalid, "The password is empty. Use at least %d characters.", p.Least())
	case len(password) > maxPassword:
		return hub.Errorf(hub.Invalid, "The password is too long. Use at most %d bytes.", maxPassword)
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return hub.Errorf(hub.Invalid, "The password holds characters that cannot be typed, such as a line break. Leave them out.")
	case utf8.RuneCountInString(password) < p.Least():
		return hub.Errorf(hub.Invalid, "The password is too short. Use at least %d characters.", p.Least())
	case likeName(name, password):
		return hub.Errorf(hub.Invalid, "The password is too like the username. Choose one that the name does not give away.")
	case classes(password) < p.Classes:
		return hub.Errorf(hub.Invalid, "The password needs %s. Add what is missing.", p.classText())
	}
	return nil
}

func (p PasswordPolicy) classText() string {
	if p.Classes >= passwordKinds {
		return "small letters, capitals, digits and other characters"
	}
	return "at least " + strconv.Itoa(p.Classes) + " of small letters, capitals, digits and other characters"
}

// likeName tells whether a password is the name, or the name backwards, whatever
// the digits before and after either of them.
func likeName(name, password string) bool {
	name, password = strings.ToLower(name), strings.ToLower(password)
	if name == "" {
		return false
	}
	for _, n := range []string{name, reversed(name)} {
		if rest, ok := strings.CutPrefix(password, n); ok && strings.Trim(rest, digits) == "" {
			return true
		}
		bare := strings.Trim(n, digits)
		if bare != "" && strings.Trim(password, digits) == bare {
			return true
		}
	}
	return false
}

const digits = "0123456789"

func reversed(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

// classes counts the kinds of characters that occur. Letters without case are others.
func classes(password string) (n int) {
	var lower, upper, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

// CheckNewPassword says what is wrong with a password that somebody is to get, and
// what to do about it. passing: they must change it at the next login; then a common
// one will do, for a class is often given one word to begin with.
func (l *Logins) CheckNewPassword(name, password string, passing bool) error {
	if err := l.cfg.Passwords.check(name, password); err != nil || passing {
		return err
	}
	list, err := l.common()
	if err != nil {
		return err
	}
	if _, found := slices.BinarySearch(list, strings.ToLower(password)); found {
		return hub.Errorf(hub.Invalid, "The password is one of those that everybody tries first. Choose a rarer one.")
	}
	return nil
}
