package subdomain

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/atriumhub/atrium/internal/hub"
)

// What JupyterHub 6.1.1's subdomain_hook_idna gives, but for the hashes.
func TestLabels(t *testing.T) {
	for _, test := range []struct{ kind, name, want string }{
		{hub.UserDomain, "alice", "alice"},
		{hub.UserDomain, "alice-b", "alice-b"},
		{hub.UserDomain, "u2", "u2"},
		{hub.UserDomain, "müller", "xn--mller-kva"},
		{hub.UserDomain, "ünïcode", "xn--ncode-cta3g"},
		{hub.UserDomain, "страница", "xn--80aaxtnfh0b"},
		{hub.UserDomain, "straße", "xn--strae-oqa"},
		{hub.UserDomain, "123", "u-123--"},
		{hub.UserDomain, "alice@example.org", "u-aliceexa--"},
		{hub.UserDomain, "alice--bob", "u-alicebob--"},
		{hub.UserDomain, "xn--mller-kva", "u-xnmllerk--"},
		{hub.UserDomain, "-a", "u-a--"},
		{hub.UserDomain, "a.b", "u-ab--"},
		{hub.UserDomain, "ä.b", "u-b--"},
		{hub.UserDomain, "!!", "u-x--"},
		{hub.UserDomain, "☃", "u-x--"},
		{hub.UserDomain, "u\u0308", "u-u--"}, // not in the one spelling that IDNA has
		{hub.UserDomain, strings.Repeat("a", 63), strings.Repeat("a", 63)},
		{hub.UserDomain, strings.Repeat("a", 64), "u-aaaaaaaa--"},
		{hub.ServiceDomain, "cull", "cull--service"},
		{hub.ServiceDomain, "Cull", "u-cull--"},
		{hub.ServiceDomain, "xn", "u-xn--"},
		{hub.ServiceDomain, "my.app", "u-myapp--"},
		{hub.ServiceDomain, strings.Repeat("a", 54), strings.Repeat("a", 54) + "--service"},
		{hub.ServiceDomain, strings.Repeat("a", 55), "u-aaaaaaaa--"},
	} {
		got := Label(test.kind, test.name)
		if strings.HasSuffix(test.want, "--") {
			rest := strings.TrimSuffix(strings.TrimPrefix(got, test.want), serviceSuffix)
			if !strings.HasPrefix(got, test.want) || len(rest) != hashLetters {
				t.Errorf("%s %q has the label %q, want %s and a hash", test.kind, test.name, got, test.want)
			}
		} else if got != test.want {
			t.Errorf("%s %q has the label %q, want %q", test.kind, test.name, got, test.want)
		}
	}
}

var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// names leans towards what could collide: few letters, the parts of labels, and
// labels of other names.
func names() *rapid.Generator[string] {
	parts := rapid.SampledFrom([]string{
		"a", "b", "-", "--", "u-", "xn", "xn--", "service", "--service", "1", "ä", "ß", "ss", "é", "e\u0301", "я", "中", ".", "@", "A", "mller-kva",
	})
	made := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(parts, 1, 6).Draw(t, "parts"), "") })
	return rapid.OneOf(made, rapid.StringN(1, 80, 255), rapid.Custom(func(t *rapid.T) string {
		return Label(rapid.SampledFrom([]string{hub.UserDomain, hub.ServiceDomain}).Draw(t, "kind"), made.Draw(t, "of"))
	}))
}

func TestNoTwoShareADomain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kinds := rapid.SampledFrom([]string{hub.UserDomain, hub.ServiceDomain})
		oneKind, one := kinds.Draw(t, "kind"), names().Draw(t, "name")
		otherKind, other := kinds.Draw(t, "other kind"), names().Draw(t, "other name")
		a, b := Label(oneKind, one), Label(otherKind, other)
		for _, l := range []string{a, b} {
			if !label.MatchString(l) {
				t.Fatalf("%q is no DNS label", l)
			}
		}
		if a == b && (oneKind != otherKind || one != other) {
			t.Fatalf("%s %q and %s %q share %q", oneKind, one, otherKind, other, a)
		}
	})
}

// The two that a rule without care would mix up.
func TestServiceIsNobodysName(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"xn", "cull", "u-a", "a"} {
		seen[Label(hub.ServiceDomain, name)] = name
	}
	for _, name := range []string{"xn--service", "cull--service", "cull", "a", "u-a--service"} {
		if service, ok := seen[Label(hub.UserDomain, name)]; ok {
			t.Errorf("%q has the domain of the service %q", name, service)
		}
	}
	// "xn--service" is somebody's IDNA form.
	if back, err := registration().ToUnicode("xn--service"); err == nil {
		if service, ok := seen[Label(hub.UserDomain, back)]; ok {
			t.Errorf("%q has the domain of the service %q", back, service)
		}
	}
}
