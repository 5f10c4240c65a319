package tokens

import (
	"slices"
	"testing"
)

// Only a filter on the owner becomes the bare one: not the name of a group that ends
// like such a filter.
func TestCanonicalScopes(t *testing.T) {
	got := canonical([]string{"read:users!user=ada", "read:users!user", "read:users!group=x!user=ada", "servers!user=bob", "inherit"}, "ada")
	want := []string{"read:users!user", "read:users!group=x!user=ada", "servers!user=bob", "inherit"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
