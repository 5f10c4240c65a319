package e2e_test

import (
	"net/http"
	"testing"
)

// Wrong passwords at one hub count at the other, which was not asked before.
func TestTwoHubsCountFailedLoginsTogether(t *testing.T) {
	t.Parallel()
	first, second, _ := twoHubs(t, trivialConfig()+cheapPasswords)
	first.Start()
	second.Start()
	for range 5 {
		if got := first.Browser().LogIn("admin", "a wrong guess", ""); got.Status != http.StatusForbidden && got.Status != http.StatusUnauthorized {
			t.Fatalf("a wrong password is answered %d at %s", got.Status, got.Path)
		}
	}
	for _, h := range []*hub{first, second} {
		if got := h.Browser().LogIn("admin", "a wrong guess", ""); got.Status != http.StatusTooManyRequests {
			t.Errorf("one guess more is answered %d at %s", got.Status, h.URL)
		}
	}
}
