package hub

import (
	"crypto/rand"
	"math/big"
)

// passwordAlphabet has no characters that look alike (0 O, 1 l I).
const passwordAlphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// NewPassword makes a random password of 16 characters, 93 bits, in four groups
// that are easy to read aloud.
func NewPassword() string {
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
