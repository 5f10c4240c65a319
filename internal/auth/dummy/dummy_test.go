package dummy

import "testing"

func TestAuthenticate(t *testing.T) {
	for _, tc := range []struct {
		name     string
		dummy    Dummy
		password string
		want     bool
	}{
		{"right", New("let me in"), "let me in", true},
		{"wrong", New("let me in"), "let me", false},
		{"longer", New("let me in"), "let me in!", false},
		{"empty", New("let me in"), "", false},
		{"any, where none is configured", New(""), "what you like", true},
		{"none, where none is configured", New(""), "", true},
		{"zero value", Dummy{}, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, got, err := tc.dummy.Authenticate(t.Context(), "ada", tc.password)
			if err != nil || got != tc.want {
				t.Errorf("Authenticate(%q) = %v, %v; want %v", tc.password, got, err, tc.want)
			}
		})
	}
}
