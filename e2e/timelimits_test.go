package e2e_test

import (
	"strings"
	"testing"
)

// A server with a time limit is stopped when its time is over, in seconds after it, though the hub was killed meanwhile; a
// person extends theirs.
func TestTimeLimits(t *testing.T) {
	h := startHub(t, options{Config: peopleConfig() + "time_limit: {default: 12s, maximum: 2h}\n"})
	admin := h.Admin()
	ann, bob := admin.NewUser("ann"), admin.NewUser("bob")
	ann.StartServer("ann")
	bob.StartServer("bob")
	p := h.Teacher()
	p.Want(p.Run("servers", "extend", "bob", "--minutes", "30"), 0, "bob ends at", "Extended: 1")
	p.Want(p.Run("servers", "extend", "bob", "nobody"), 3, "Not Found", "Extended: 1")
	p.Want(p.Run("servers", "extend", "bob", "--minutes", "0"), 2, "--minutes must be at least 1")
	h.Kill()
	h.Start()
	eventually(t, "the server whose time is over is stopped", startPatience, func() bool { return !admin.Server("ann").Ready })
	if !admin.Server("bob").Ready {
		t.Error("the one that was extended is stopped, too")
	}
	eventually(t, "its steps say why", startPatience, func() bool {
		return strings.Contains(string(admin.Do("GET", "/hub/api/users/ann/server/events", nil, 200).Body), "its time was over")
	})
}
