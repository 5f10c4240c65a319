package scopes

import (
	"slices"
	"testing"
)

// BenchmarkEffective is what authorising a request costs when nothing is kept: the
// owner's roles expanded, and a token cut by them.
func BenchmarkEffective(b *testing.B) {
	o, c := Owner{KindUser, "alice"}, Client{Server: "alice/lab"}
	raw := append(slices.Clone(DefaultRoles()[RoleUser].Scopes), "servers!group=math")
	token := DefaultRoles()[RoleServer].Scopes
	b.ReportAllocs()
	for b.Loop() {
		owned, _ := anyCustom.Expand(raw, o, c)
		if set, _ := anyCustom.Effective(token, o, c, owned, classes); set.Empty() {
			b.Fatal("nothing is left")
		}
	}
}

func BenchmarkAllowsServer(b *testing.B) {
	set := held("self", "servers!group=math")
	b.ReportAllocs()
	for b.Loop() {
		if !set.AllowsServer("servers", "alice", "lab", nil) {
			b.Fatal("not allowed")
		}
	}
}
