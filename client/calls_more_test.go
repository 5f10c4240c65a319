package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCallsAboutGroupsServersAndTokens(t *testing.T) {
	start := StartOptions{DisplayName: "My server", UserOptions: map[string]any{"image": "a"}}
	runCalls(t, map[string]callCase{
		"groups": {
			call: func(ctx context.Context, c *Client) error {
				for _, err := range c.Groups(ctx) {
					if err != nil {
						return err
					}
				}
				return nil
			},
			want: "GET /hub/api/groups?limit=1000&offset=0", body: `[{"name":"g","users":["a"],"properties":{"x":[1]}}]`,
		},
		"group": {
			call: func(ctx context.Context, c *Client) error { _, err := c.Group(ctx, "a b"); return err },
			want: "GET /hub/api/groups/a%20b", body: `{}`,
		},
		"create group": {
			call: func(ctx context.Context, c *Client) error { _, err := c.CreateGroup(ctx, "g", "a"); return err },
			want: `POST /hub/api/groups/g {"users":["a"]}`, body: `{}`, code: 201,
		},
		"create empty group": {
			call: func(ctx context.Context, c *Client) error { _, err := c.CreateGroup(ctx, "g"); return err },
			want: `POST /hub/api/groups/g {"users":[]}`, body: `{}`, code: 201,
		},
		"rename group": {
			call: func(ctx context.Context, c *Client) error { _, err := c.RenameGroup(ctx, "a b", "c"); return err },
			want: `PATCH /hub/api/groups/a%20b {"name":"c"}`, body: `{}`,
		},
		"roles": {
			call: func(ctx context.Context, c *Client) error { _, err := c.Roles(ctx); return err },
			want: "GET /hub/api/roles", body: `{"items":[{"name":"teacher","users":[{"user":"a","group":null}]}]}`,
		},
		"give role": {
			call: func(ctx context.Context, c *Client) error {
				return c.GiveRole(ctx, "teacher", RoleHolder{User: "a", Group: "g"})
			},
			want: `POST /hub/api/roles/teacher/users {"user":"a","group":"g"}`, code: 204,
		},
		"take role": {
			call: func(ctx context.Context, c *Client) error { return c.TakeRole(ctx, "reader", RoleHolder{User: "a"}) },
			want: `DELETE /hub/api/roles/reader/users {"user":"a"}`, code: 204,
		},
		"delete group": {
			call: func(ctx context.Context, c *Client) error { return c.DeleteGroup(ctx, "g") },
			want: `DELETE /hub/api/groups/g`, code: 204,
		},
		"add": {
			call: func(ctx context.Context, c *Client) error { _, err := c.AddGroupUsers(ctx, "g", "a", "b"); return err },
			want: `POST /hub/api/groups/g/users {"users":["a","b"]}`, body: `{}`,
		},
		"remove": {
			call: func(ctx context.Context, c *Client) error { _, err := c.RemoveGroupUsers(ctx, "g", "a"); return err },
			want: `DELETE /hub/api/groups/g/users {"users":["a"]}`, body: `{}`,
		},
		"properties": {
			call: func(ctx context.Context, c *Client) error { _, err := c.SetGroupProperties(ctx, "g", nil); return err },
			want: `PUT /hub/api/groups/g/properties {}`, body: `{}`,
		},
		"start": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.StartServer(ctx, "a", "", StartOptions{})
				return err
			},
			want: `POST /hub/api/users/a/server`, code: 201,
		},
		"start named with options": {
			call: func(ctx context.Context, c *Client) error { _, err := c.StartServer(ctx, "a", "s", start); return err },
			want: `POST /hub/api/users/a/servers/s {"display_name":"My server","user_options":{"image":"a"}}`, code: 202,
		},
		"stop": {
			call: func(ctx context.Context, c *Client) error { _, err := c.StopServer(ctx, "a", "", false); return err },
			want: `DELETE /hub/api/users/a/server`, code: 204,
		},
		"remove server": {
			call: func(ctx context.Context, c *Client) error { _, err := c.StopServer(ctx, "a", "s", true); return err },
			want: `DELETE /hub/api/users/a/servers/s {"remove":true}`, code: 204,
		},
		"server": {
			call: func(ctx context.Context, c *Client) error { _, err := c.Server(ctx, "a", ""); return err },
			want: `GET /hub/api/users/a/server`, body: `{}`,
		},
		"tokens": {
			call: func(ctx context.Context, c *Client) error { _, err := c.Tokens(ctx, "a"); return err },
			want: `GET /hub/api/users/a/tokens`, body: `{"api_tokens":[]}`,
		},
		"token": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.CreateToken(ctx, "a", TokenRequest{Note: "n", ExpiresIn: 1500 * time.Millisecond, Scopes: []string{}})
				return err
			},
			want: `POST /hub/api/users/a/tokens {"note":"n","expires_in":2,"scopes":[]}`, body: `{}`, code: 201,
		},
		"token of roles": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.CreateToken(ctx, "a", TokenRequest{Roles: []string{"r"}})
				return err
			},
			want: `POST /hub/api/users/a/tokens {"roles":["r"]}`, body: `{}`, code: 201,
		},
		"revoke": {
			call: func(ctx context.Context, c *Client) error { return c.RevokeToken(ctx, "a", "a12") },
			want: `DELETE /hub/api/users/a/tokens/a12`, code: 204,
		},
	})
}

func TestOldHubsTakeOptionsAsTheBody(t *testing.T) {
	f := newFake(t, false, says(http.StatusCreated, ""))
	hub, _ := f.client(t)
	ready, err := hub.StartServer(t.Context(), "a", "s", StartOptions{DisplayName: "d", UserOptions: map[string]any{"image": "a"}})
	if err != nil || !ready {
		t.Errorf("%t, %v", ready, err)
	}
	if got := f.lines(); got != `POST /hub/api/users/a/servers/s {"image":"a"}` {
		t.Error(got)
	}
}

func TestAuditComesInPages(t *testing.T) {
	since := time.Date(2026, 1, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	f := newFake(t, true, inTurn(
		says(http.StatusOK, `{"items":[{"id":9,"at":"2026-01-02T03:04:05Z","actor":{"kind":"user","name":"a"},"action":"user.create",
			"target":{"kind":"user","name":"b"},"before":null,"after":{"admin":true}},{"id":7}],"next":{"before":7}}`),
		says(http.StatusOK, `{"items":[{"id":3}],"next":{"before":3}}`),
		says(http.StatusOK, `{"items":[],"next":null}`),
	))
	hub, _ := f.client(t)
	var ids []int64
	for entry, err := range hub.Audit(t.Context(), AuditQuery{Actor: "a&b", Since: since, PageSize: 2}) {
		if err != nil {
			t.Fatal(err)
		}
		if entry.ID == 9 && (string(entry.After) != `{"admin":true}` || entry.Target.Name != "b") {
			t.Errorf("%+v", entry)
		}
		ids = append(ids, entry.ID)
	}
	if diff := cmp.Diff([]int64{9, 7, 3}, ids); diff != "" {
		t.Error(diff)
	}
	want := `GET /hub/api/audit?actor=a%26b&limit=2&since=2026-01-02T02%3A04%3A05Z
GET /hub/api/audit?actor=a%26b&before=7&limit=2&since=2026-01-02T02%3A04%3A05Z
GET /hub/api/audit?actor=a%26b&before=3&limit=2&since=2026-01-02T02%3A04%3A05Z`
	if diff := cmp.Diff(want, f.lines()); diff != "" {
		t.Error(diff)
	}
	stock := newFake(t, false, says(http.StatusOK, `{}`))
	hub, _ = stock.client(t)
	for _, err := range hub.Audit(t.Context(), AuditQuery{}) {
		if !errors.Is(err, ErrNotAtrium) {
			t.Errorf("JupyterHub: %v", err)
		}
	}
}

func TestUsage(t *testing.T) {
	f := newFake(t, true, says(http.StatusOK, `{"from":"2026-01-01","to":"2026-01-31","items":[{"name":"b","seconds":5400.5}]}`))
	hub, _ := f.client(t)
	from := time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC)
	list, err := hub.Usage(t.Context(), UsageUsers, UsageQuery{From: from, Group: "a&b", Limit: 2})
	if diff := cmp.Diff([]Used{{Name: "b", Seconds: 5400.5}}, list); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if got := f.lines(); got != `GET /hub/api/usage/users?from=2026-01-01&group=a%26b&limit=2` {
		t.Error(got)
	}
	stock := newFake(t, false, says(http.StatusOK, `{}`))
	hub, _ = stock.client(t)
	if _, err := hub.Usage(t.Context(), UsageDays, UsageQuery{}); !errors.Is(err, ErrNotAtrium) {
		t.Errorf("JupyterHub: %v", err)
	}
}

const ready = "data: {\"progress\":100,\"ready\":true,\"message\":\"done\",\"url\":\"/user/a/\"}\n\n"

func TestWaitReadyFollowsTheStart(t *testing.T) {
	f := newFake(t, true, inTurn(
		says(http.StatusServiceUnavailable, ""),
		says(http.StatusOK, "\n\ndata: {\"progress\":50.7,\"message\":\"half\\u001b[31m\"}\n\n"), // and breaks off
		hangUp,
		says(http.StatusOK, ready+"data: never read\n\n"),
	))
	hub, waits := f.client(t)
	var told []Progress
	url, err := hub.WaitReady(t.Context(), "a", "", func(p Progress) { told = append(told, p) })
	if err != nil || url != "/user/a/" {
		t.Fatalf("%q, %v", url, err)
	}
	want := []Progress{{Percent: 50, Message: "half [31m"}, {Percent: 100, Message: "done", Ready: true, URL: "/user/a/"}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
	if n := len(f.requests()); n != 4 {
		t.Errorf("%d requests, waited %v", n, waits.all)
	}
}

func TestWaitReadyTellsOfFailure(t *testing.T) {
	f := newFake(t, true, says(http.StatusOK, "data: {\"progress\":100,\"failed\":true,\"message\":\"Spawn failed: no room\"}\n\n"))
	hub, _ := f.client(t)
	_, err := hub.WaitReady(t.Context(), "a", "s", nil)
	if failed, ok := errors.AsType[*StartError](err); !ok || failed.Message != "Spawn failed: no room" || failed.Server != "s" {
		t.Errorf("%v", err)
	}
	gone := newFake(t, true, says(http.StatusNotFound, `{"status":404,"message":null}`))
	hub, waits := gone.client(t)
	if _, err = hub.WaitReady(t.Context(), "a", "", nil); !IsNotFound(err) || len(waits.all) > 0 {
		t.Errorf("%v after %v", err, waits.all)
	}
	garbled := newFake(t, true, says(http.StatusOK, "data: {\n\n"))
	hub, waits = garbled.client(t)
	if _, err = hub.WaitReady(t.Context(), "a", "", nil); err == nil || len(waits.all) > 0 {
		t.Errorf("%v after %v", err, waits.all)
	}
}

// A hub that is away for a while, as after a kill, is waited for as long as one that works on a job.
func TestWaitingOutlastsAHubThatIsAway(t *testing.T) {
	const away = 30 // attempts, a minute or so
	back := func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/progress") {
			says(http.StatusOK, ready)(w, r)
			return
		}
		says(http.StatusOK, `{"name":"a","servers":{"":{"ready":false,"pending":null}}}`)(w, r)
	}
	for name, wait := range map[string]func(*Client) error{
		"ready":   func(c *Client) error { _, err := c.WaitReady(t.Context(), "a", "", nil); return err },
		"stopped": func(c *Client) error { _, err := c.WaitStopped(t.Context(), "a", ""); return err },
	} {
		answers := slices.Repeat([]http.HandlerFunc{hangUp, says(http.StatusServiceUnavailable, "")}, away/2)
		hub, _ := newFake(t, true, inTurn(append(answers, back)...)).client(t)
		if err := wait(hub); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		gone, waits := newFake(t, true, says(http.StatusServiceUnavailable, "")).client(t)
		err := wait(gone)
		var all time.Duration
		for _, d := range waits.all {
			all += d
		}
		if _, refused := errors.AsType[*APIError](err); !refused || all < 30*time.Second || all > 2*time.Minute {
			t.Errorf("%s: waited %s: %v", name, all, err)
		}
	}
}

func TestWaitStopped(t *testing.T) {
	user := func(server string) http.HandlerFunc {
		return says(http.StatusOK, `{"name":"a","servers":{`+server+`}}`)
	}
	stops := user(`"":{"ready":true},"gpu":{"pending":"stop","ready":false}`)
	for name, c := range map[string]struct {
		last http.HandlerFunc
		want Server
	}{
		"at rest":    {user(`"gpu":{"name":"gpu","pending":null}`), Server{Name: "gpu"}},
		"deleted":    {user(`"":{"ready":true}`), Server{}},
		"nobody's":   {says(http.StatusNotFound, ""), Server{}},
		"cannot yet": {user(`"gpu":{"name":"gpu","pending":"stop","failure":"it does not end"}`), Server{Name: "gpu", Pending: "stop", Failure: "it does not end"}},
	} {
		f := newFake(t, true, inTurn(stops, stops, c.last))
		hub, waits := f.client(t)
		s, err := hub.WaitStopped(t.Context(), "a", "gpu")
		if diff := cmp.Diff(c.want, s); err != nil || diff != "" || len(waits.all) != 2 {
			t.Errorf("%s: %v, waited %v: %s", name, err, waits.all, diff)
		}
	}
	forbidden, _ := newFake(t, true, says(http.StatusForbidden, "")).client(t)
	if _, err := forbidden.WaitStopped(t.Context(), "a", ""); !IsForbidden(err) {
		t.Error(err)
	}
}

func TestProgressCanBeLeftEarly(t *testing.T) {
	f := newFake(t, true, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "data: {\"progress\":1}\n\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	hub, _ := f.client(t)
	for p, err := range hub.Progress(t.Context(), "a", "") {
		if err != nil || p.Percent != 1 {
			t.Fatalf("%v, %v", p, err)
		}
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := hub.WaitReady(ctx, "a", "", func(Progress) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What a hub says of rows does nothing to a terminal, like its other messages.
func TestRowsAreTidy(t *testing.T) {
	f := newFake(t, true, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"results":[{"username":"a","status":"failed","message":"ev\u001b[31mil","warnings":["w\u0007"]}]}`)
	})
	c, _ := f.client(t)
	got, err := c.BulkDelete(t.Context(), BulkDeleteRequest{Usernames: []string{"a"}})
	if err != nil || got.Results[0].Message != "ev [31mil" || got.Results[0].Warnings[0] != "w" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Tokens come in parts where a hub has many, of which one may be told twice.
func TestTokensInParts(t *testing.T) {
	f := newFake(t, true, inTurn(
		says(http.StatusOK, `{"api_tokens": [{"id": "a1"}, {"id": "a2"}], "_pagination": {"next": {"offset": 2, "limit": 1000}}}`),
		says(http.StatusOK, `{"api_tokens": [{"id": "a2"}, {"id": "a3"}], "_pagination": {"next": null}}`)))
	hub, _ := f.client(t)
	list, err := hub.Tokens(t.Context(), "ann")
	if err != nil || len(list) != 3 || list[2].ID != "a3" {
		t.Errorf("%v, %v", list, err)
	}
	want := "GET /hub/api/users/ann/tokens\nGET /hub/api/users/ann/tokens?limit=1000&offset=2"
	if diff := cmp.Diff(want, f.lines()); diff != "" {
		t.Error(diff)
	}
}
