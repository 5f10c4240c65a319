package client_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/client"
)

// Against a real JupyterHub, through its proxy and below a base URL.
func TestJupyterHub(t *testing.T) {
	hub := connect(t, startJupyterHub(t))
	info, err := hub.Hub(t.Context())
	if err != nil || info.IsAtrium() || info.Major() < 4 {
		t.Fatalf("%+v, %v", info, err)
	}
	walk(t, hub)
	t.Run("what only Atrium has", func(t *testing.T) {
		_, err := hub.BulkUsers(t.Context(), client.BulkUsersRequest{Users: []client.BulkUser{{Username: "a"}}})
		if !errors.Is(err, client.ErrNotAtrium) {
			t.Error(err)
		}
	})
}

func TestAtrium(t *testing.T) {
	hub := connect(t, startAtrium(t))
	walk(t, hub)
	t.Run("bulk", func(t *testing.T) {
		info, err := hub.Hub(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !info.IsAtrium() {
			t.Fatalf("%+v", info)
		}
		bulk(t, hub)
	})
}

// walk goes through what both hubs have.
func walk(t *testing.T, hub *client.Client) {
	t.Run("me", func(t *testing.T) {
		me, err := hub.Me(t.Context())
		if err != nil || me.Kind != "user" || me.Name != "admin" || !me.Admin || !slices.Contains(me.Scopes, "admin:users") {
			t.Errorf("%+v, %v", me, err)
		}
		stranger, err := client.New(client.Options{URL: hub.URL(), Token: "not-a-token"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stranger.Me(t.Context()); !client.IsUnauthorized(err) {
			t.Errorf("an unknown token: %v", err)
		}
		if _, err := stranger.User(t.Context(), "admin"); !client.IsUnauthorized(err) {
			t.Errorf("an unknown token: %v", err)
		}
	})
	t.Run("users", func(t *testing.T) { walkUsers(t, hub) })
	t.Run("names", func(t *testing.T) { walkNames(t, hub) })
	t.Run("groups", func(t *testing.T) { walkGroups(t, hub) })
	t.Run("tokens", func(t *testing.T) { walkTokens(t, hub) })
	t.Run("servers", func(t *testing.T) { walkServers(t, hub) })
}

func walkUsers(t *testing.T, hub *client.Client) {
	var names []string
	for i := range 450 { // more than two of the hub's pages
		names = append(names, fmt.Sprintf("p%03d", i))
	}
	made, err := hub.CreateUsers(t.Context(), names, false)
	if err != nil || len(made) != len(names) {
		t.Fatalf("%d made: %v", len(made), err)
	}
	if _, err := hub.CreateUsers(t.Context(), names[:2], false); !client.IsConflict(err) {
		t.Errorf("made twice: %v", err)
	}
	for _, q := range []client.UserQuery{{}, {PageSize: 7}, {Sort: "name"}, {Filter: "P"}} {
		var got []string
		for u, err := range hub.Users(t.Context(), q) {
			if err != nil {
				t.Fatal(err)
			}
			if u.Name != "admin" {
				got = append(got, u.Name)
			}
		}
		if diff := cmp.Diff(names, got); diff != "" {
			t.Errorf("%+v: %s", q, diff)
		}
	}
	for u, err := range hub.Users(t.Context(), client.UserQuery{State: "ready"}) {
		t.Errorf("%+v runs, %v", u, err)
	}
	admin := true
	u, err := hub.UpdateUser(t.Context(), "p001", client.UserPatch{Admin: &admin})
	if err != nil || !u.Admin {
		t.Errorf("%+v, %v", u, err)
	}
	if u, err = hub.User(t.Context(), "p001"); err != nil || !u.Admin || u.Created.Location() != time.UTC || u.Created.IsZero() || !u.LastActivity.IsZero() {
		t.Errorf("%+v, %v", u, err)
	}
	if err := hub.DeleteUser(t.Context(), "p001"); err != nil {
		t.Error(err)
	}
	if err := hub.DeleteUser(t.Context(), "p001"); !client.IsNotFound(err) {
		t.Errorf("deleted twice: %v", err)
	}
}

func walkNames(t *testing.T, hub *client.Client) {
	for _, name := range []string{"a b", "a%2fb", "%", "what?", "#1", "a+b;c&d=e", "$(x)`y`", `q"u'o`, `back\slash`, "...", "ü", "日本", "a@b.c", "🚀"} {
		if _, err := hub.CreateUser(t.Context(), name, false); err != nil {
			if errors.Is(err, client.ErrInvalid) { // then nothing is under that name, or a part of it
				t.Logf("%q is refused: %v", name, err)
				continue
			}
			t.Errorf("%q: %v", name, err)
			continue
		}
		if u, err := hub.User(t.Context(), name); err != nil || u.Name != name {
			t.Errorf("%q is %q, %v", name, u.Name, err)
		}
		if err := hub.DeleteUser(t.Context(), name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if _, err := hub.CreateUser(t.Context(), "a/b", false); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("a slash: %v", err)
	}
}

func walkGroups(t *testing.T, hub *client.Client) {
	if _, err := hub.CreateGroup(t.Context(), "class a/%?", "p002"); err != nil {
		t.Logf("such a group is refused: %v", err)
	}
	g, err := hub.CreateGroup(t.Context(), "Class A", "p002")
	if err != nil || g.Name != "Class A" {
		t.Fatalf("%+v, %v", g, err)
	}
	if _, err := hub.CreateGroup(t.Context(), "Class A"); !client.IsConflict(err) {
		t.Error(err)
	}
	if _, err := hub.AddGroupUsers(t.Context(), "Class A", "p003", "p004", "p002"); err != nil {
		t.Error(err)
	}
	if _, err := hub.RemoveGroupUsers(t.Context(), "Class A", "p002", "p005"); err != nil {
		t.Error(err)
	}
	if _, err := hub.SetGroupProperties(t.Context(), "Class A", map[string]any{"room": "12"}); err != nil {
		t.Error(err)
	}
	g, err = hub.Group(t.Context(), "Class A")
	slices.Sort(g.Users)
	if err != nil || !slices.Equal(g.Users, []string{"p003", "p004"}) || g.Properties["room"] != "12" {
		t.Errorf("%+v, %v", g, err)
	}
	found := false
	for g, err := range hub.Groups(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		found = found || g.Name == "Class A"
	}
	if !found {
		t.Error("the group is not in the list")
	}
	if err := hub.DeleteGroup(t.Context(), "Class A"); err != nil {
		t.Error(err)
	}
	if _, err := hub.Group(t.Context(), "Class A"); !client.IsNotFound(err) {
		t.Error(err)
	}
}

func walkTokens(t *testing.T, hub *client.Client) {
	made, err := hub.CreateToken(t.Context(), "p006", client.TokenRequest{Note: "a note", ExpiresIn: time.Hour, Scopes: []string{}})
	if err != nil || made.Secret == "" || made.Note != "a note" || made.ExpiresAt.IsZero() {
		t.Fatalf("%v", err)
	}
	theirs, err := client.New(client.Options{URL: hub.URL(), Token: made.Secret})
	if err != nil {
		t.Fatal(err)
	}
	if me, err := theirs.Me(t.Context()); err != nil || me.Name != "p006" {
		t.Errorf("%+v, %v", me, err)
	}
	if _, err := theirs.CreateUser(t.Context(), "p007x", false); !client.IsForbidden(err) || client.IsUnauthorized(err) {
		t.Errorf("a token without rights: %v", err)
	}
	list, err := hub.Tokens(t.Context(), "p006")
	if err != nil || len(list) != 1 || list[0].ID != made.ID || list[0].User != "p006" {
		t.Errorf("%+v, %v", list, err)
	}
	if err := hub.RevokeToken(t.Context(), "p006", made.ID); err != nil {
		t.Error(err)
	}
	if err := hub.RevokeToken(t.Context(), "p006", made.ID); !client.IsNotFound(err) {
		t.Error(err)
	}
	if _, err := theirs.Me(t.Context()); !client.IsUnauthorized(err) {
		t.Error(err)
	}
}

func walkServers(t *testing.T, hub *client.Client) {
	for _, server := range []string{"", "lab"} {
		started, err := hub.StartServer(t.Context(), "p008", server, client.StartOptions{UserOptions: map[string]any{"size": "small"}})
		if err != nil {
			t.Fatal(err)
		}
		url, err := hub.WaitReady(t.Context(), "p008", server, nil)
		if err != nil || url == "" {
			t.Errorf("%q (ready at once: %t): %q, %v", server, started, url, err)
		}
		u, err := hub.User(t.Context(), "p008")
		if s := u.Servers[server]; err != nil || !s.Ready || string(s.UserOptions) != `{"size": "small"}` && string(s.UserOptions) != `{"size":"small"}` {
			t.Errorf("%+v, %v", s, err)
		}
	}
	for _, server := range []string{"", "lab"} {
		if _, err := hub.StopServer(t.Context(), "p008", server, server != ""); err != nil {
			t.Error(err)
		}
	}
	if _, err := hub.WaitReady(t.Context(), "p008", "none", nil); !client.IsNotFound(err) {
		t.Error(err)
	}
}

// bulk is what Atrium alone has.
func bulk(t *testing.T, hub *client.Client) {
	req := client.BulkUsersRequest{
		Users:          []client.BulkUser{{Username: "b1", Groups: []string{"bulk"}}, {Username: "b2"}, {Username: "no/body"}, {Username: "b2"}},
		IdempotencyKey: client.NewIdempotencyKey(),
	}
	want := []string{client.StatusCreated, client.StatusCreated, client.StatusFailed, client.StatusFailed}
	for range 2 { // the second time it is the first time's answer
		answer, err := hub.BulkUsers(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range answer.Results {
			got = append(got, r.Status)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n%+v", diff, answer.Results)
		}
	}
	answer, err := hub.BulkDelete(t.Context(), client.BulkDeleteRequest{Usernames: []string{"b1", "nobody"}})
	if err != nil || answer.Results[0].Status != client.StatusDeleted || answer.Results[1].Status != client.StatusNotFound {
		t.Errorf("%+v, %v", answer, err)
	}
	n := 0
	for entry, err := range hub.Audit(t.Context(), client.AuditQuery{Target: "b1"}) {
		if err != nil || entry.Target.Name != "b1" {
			t.Fatalf("%+v, %v", entry, err)
		}
		n++
	}
	if n == 0 {
		t.Error("nothing is written down")
	}
}
