// Package subdomain names the domains that people and services have below the
// hub's own. It follows JupyterHub's "idna" rule: a name that is a DNS label stays
// as it is, one of letters beyond ASCII becomes its IDNA form, anything else a few
// of its letters and a hash. What differs is the length of the hash: JupyterHub's 28
// bits let somebody look for a name that shares another's domain, and so its origin.
package subdomain

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"
	"unicode"

	"golang.org/x/net/idna"

	"github.com/atriumhub/atrium/internal/hub"
)

const (
	maxLabel      = 63 // RFC 1035 §2.3.4
	serviceSuffix = "--" + hub.ServiceDomain
	stubLetters   = 8
	hashLetters   = 32 // 160 bits
)

// Label is the DNS label of a person (hub.UserDomain) or of a service
// (hub.ServiceDomain): lower case, at most 63 bytes. Two that differ in kind or name
// have different labels, by the following.
//
// Plain labels hold no "--". Hashed ones begin with "u-" and hold "--" once, before
// 32 letters. Those of IDNA begin with "xn--". A service's have "--service" behind
// the first two, which no hash is, and never the third.
func Label(kind, name string) string {
	if kind == hub.ServiceDomain {
		// "xn--service" would be somebody's IDNA label.
		if plain(name, maxLabel-len(serviceSuffix)) && name != "xn" {
			return name + serviceSuffix
		}
		return hashed(name) + serviceSuffix
	}
	if plain(name, maxLabel) {
		return name
	}
	if label, ok := international(name); ok {
		return label
	}
	return hashed(name)
}

// plain tells whether the name is itself a good label: letters, digits and single
// hyphens inside, and not a number, which some would take for an address.
func plain(name string, limit int) bool {
	if name == "" || len(name) > limit || strings.HasPrefix(name, "-") || strings.HasSuffix(name, "-") || strings.Contains(name, "--") {
		return false
	}
	letters := false
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c == '-':
			letters = true
		case c >= '0' && c <= '9':
		default:
			return false
		}
	}
	return letters
}

// registration is the strict form of IDNA: what would have to be changed first, upper
// case or several spellings of one letter, is refused.
func registration() *idna.Profile {
	return idna.New(idna.ValidateForRegistration(), idna.BidiRule(), idna.VerifyDNSLength(true), idna.StrictDomainName(true))
}

// international is the IDNA form of a name with letters beyond ASCII, when that is
// reversible and has one.
func international(name string) (string, bool) {
	beyond := false
	for _, r := range name {
		if !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '-' {
			return "", false
		}
		beyond = beyond || r > unicode.MaxASCII
	}
	if !beyond || strings.Contains(name, "--") {
		return "", false
	}
	rules := registration()
	label, err := rules.ToASCII(name)
	if err != nil || len(label) > maxLabel || !strings.HasPrefix(label, "xn--") || label != strings.ToLower(label) || strings.Contains(label, ".") {
		return "", false
	}
	back, err := rules.ToUnicode(label)
	return label, err == nil && back == name
}

// hashed is a label for any name at all.
func hashed(name string) string {
	stub := make([]byte, 0, stubLetters)
	for i := 0; i < len(name) && len(stub) < stubLetters; i++ {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			stub = append(stub, c)
		}
	}
	if len(stub) == 0 {
		stub = append(stub, 'x') // "u---" would put hyphens where IDNA has its own
	}
	sum := sha256.Sum256([]byte(name))
	return "u-" + string(stub) + "--" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:hashLetters]
}
