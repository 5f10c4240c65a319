package scopes

import (
	"errors"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		in   string
		base string
		f    Filter
	}{
		{"users", "users", Filter{}},
		{"(no_scope)", "(no_scope)", Filter{}},
		{"self", "self", Filter{}},
		{"self!user", "self", Filter{KindUser, ""}},
		{"inherit", "inherit", Filter{}},
		{"read:users!user", "read:users", Filter{KindUser, ""}},
		{"access:servers!server", "access:servers", Filter{KindServer, ""}},
		{"access:services!service", "access:services", Filter{KindService, ""}},
		{"read:users!user=alice", "read:users", User("alice")},
		{"servers!group=a b!c=d", "servers", Group("a b!c=d")},
		{"access:servers!server=alice/", "access:servers", Server("alice", "")},
		{"access:servers!server=alice/lab", "access:servers", Server("alice", "lab")},
		{"access:services!service=cull", "access:services", Service("cull")},
		{"custom:grader:read", "custom:grader:read", Filter{}},
		{"custom:grader:*!group=class", "custom:grader:*", Group("class")},
	} {
		base, f, err := anyCustom.Parse(c.in)
		if err != nil || base != c.base || f != c.f {
			t.Errorf("Parse(%q) = %q, %v, %v", c.in, base, f, err)
		}
		if got := string(Of(base, f)); got != c.in {
			t.Errorf("Of(Parse(%q)) = %q", c.in, got)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"":                               ErrUnknown,
		"nope":                           ErrUnknown,
		"nope!user":                      ErrUnknown,
		"all":                            ErrUnknown,
		"Users":                          ErrUnknown,
		" users":                         ErrUnknown,
		"users\n":                        ErrUnknown,
		"!user=alice":                    ErrUnknown,
		"custom:ab":                      ErrUnknown,
		"custom:abc-":                    ErrUnknown,
		"custom:abc:":                    ErrUnknown,
		"custom:-abc":                    ErrUnknown,
		"custom:ABC":                     ErrUnknown,
		"custom:abc\n":                   ErrUnknown,
		"users!user=" + longName:         ErrUnknown,
		"custom:" + longName:             ErrUnknown,
		"read:users!":                    ErrFilter,
		"read:users!=alice":              ErrFilter,
		"read:users!group":               ErrFilter,
		"read:users!group=":              ErrFilter,
		"read:users!user=":               ErrFilter,
		"read:users!foo=1":               ErrFilter,
		"read:users!USER=alice":          ErrFilter,
		"read:users! user=alice":         ErrFilter,
		"read:users!user!group=x":        ErrFilter,
		"read:users!user=a\x00b":         ErrFilter,
		"read:users!user=a\xff":          ErrFilter,
		"access:servers!server=alice":    ErrFilter,
		"access:servers!server=/lab":     ErrFilter,
		"access:servers!server=/":        ErrFilter,
		"access:servers!server=a/b/c":    ErrFilter,
		"access:servers!server=a/b\r\nc": ErrFilter,
	} {
		if base, f, err := anyCustom.Parse(in); !errors.Is(err, want) {
			t.Errorf("Parse(%.40q) = %q, %v, %v; want %v", in, base, f, err, want)
		} else if len(err.Error()) > 500 {
			t.Errorf("Parse(%.40q): the error is %d bytes long", in, len(err.Error()))
		}
	}
}

var longName = strings.Repeat("a", MaxLength)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"users", "read:users!user", "servers!server=alice/lab", "x!y=z", "custom:a*b!group=ü", "self!=", "!"} {
		f.Add(s)
	}
	o, c := Owner{KindUser, "alice"}, Client{Server: "alice/lab"}
	f.Fuzz(func(t *testing.T, s string) {
		base, filter, err := anyCustom.Parse(s)
		set, dropped := anyCustom.Expand([]string{s}, o, c)
		if err != nil {
			if !set.Empty() || len(dropped) != 1 {
				t.Fatalf("%q is refused, but expands to %v (%v)", s, set.Strings(), dropped)
			}
			return
		}
		if got := string(Of(base, filter)); got != s {
			t.Fatalf("%q is written back as %q", s, got)
		}
		if again, lost := anyCustom.Expand(set.Strings(), o, c); len(lost) > 0 || !again.Equal(set) {
			t.Fatalf("%q: %v reads back as %v (%v)", s, set.Strings(), again.Strings(), lost)
		}
		if filter.Kind != "" && set.HasAny(base) && set.Has(base) {
			t.Fatalf("%q lost its filter: %v", s, set.Strings())
		}
	})
}
