package hub

import (
	"crypto/rand"
	"math/big"
	"strings"
)

// What passwords are made of: no characters that look alike (0 O, 1 l I).
const (
	smallLetters     = "abcdefghijkmnpqrstuvwxyz"
	capitals         = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	passwordDigits   = "23456789"
	passwordAlphabet = smallLetters + capitals + passwordDigits
)

// NewPassword makes a random password of 16 characters, 92 bits, in four groups that
// are easy to read aloud. Small letters, capitals and digits all occur, so that it
// meets any policy.
func NewPassword() string {
	for {
		p := anyPassword()
		if strings.ContainsAny(p, smallLetters) && strings.ContainsAny(p, capitals) && strings.ContainsAny(p, passwordDigits) {
			return p
		}
	}
}

func anyPassword() string {
	size := big.NewInt(int64(len(passwordAlphabet)))
	out := make([]byte, 0, 19)
	for i := range 16 {
		if i > 0 && i%4 == 0 {
			out = append(out, '-')
		}
		n, err := rand.Int(rand.Reader, size)
		if err != nil { // crypto/rand ends the process rather than fail
			panic(err)
		}
		out = append(out, passwordAlphabet[n.Int64()])
	}
	return string(out)
}
