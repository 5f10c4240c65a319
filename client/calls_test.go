package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A callCase is what a call sends.
type callCase struct {
	call func(context.Context, *Client) error
	want string
	body string // of the answer
	code int    // of the answer, 200 if 0
}

func runCalls(t *testing.T, cases map[string]callCase) {
	t.Helper()
	for title, c := range cases {
		t.Run(title, func(t *testing.T) {
			f := newFake(t, true, says(max(c.code, http.StatusOK), c.body))
			hub, _ := f.client(t)
			if err := c.call(t.Context(), hub); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, f.lines()); diff != "" {
				t.Error(diff)
			}
			for _, r := range f.requests() {
				if r.Auth != "token "+testToken {
					t.Errorf("Authorization: %q", r.Auth)
				}
				if bulk := strings.Contains(r.Path, "/bulk/"); bulk != (r.Key != "") {
					t.Errorf("Idempotency-Key: %q", r.Key)
				}
			}
		})
	}
}

// Each call's method, path and body, as both hubs understand them.
func TestCallsAboutUsers(t *testing.T) {
	yes, no, name := true, false, "new name"
	quota := 5
	runCalls(t, map[string]callCase{
		"me": {
			call: func(ctx context.Context, c *Client) error { _, err := c.Me(ctx); return err },
			want: "GET /hub/api/user", body: `{}`,
		},
		"user": {
			call: func(ctx context.Context, c *Client) error { _, err := c.User(ctx, "ann"); return err },
			want: "GET /hub/api/users/ann?include_stopped_servers=true", body: `{}`,
		},
		"create user": {
			call: func(ctx context.Context, c *Client) error { _, err := c.CreateUser(ctx, "a/b c", true); return err },
			want: `POST /hub/api/users/a%2Fb%20c {"admin":true}`, body: `{}`, code: 201,
		},
		"create users": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.CreateUsers(ctx, []string{"a", "b"}, false)
				return err
			},
			want: `POST /hub/api/users {"usernames":["a","b"],"admin":false}`, body: `[{"name":"a"}]`, code: 201,
		},
		"update user": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.UpdateUser(ctx, "ann", UserPatch{Name: &name, Admin: &no, Groups: &[]string{"g"}, Suspended: &yes, MustChangePassword: &no})
				return err
			},
			want: `PATCH /hub/api/users/ann {"name":"new name","admin":false,"groups":["g"],"suspended":true,"must_change_password":false}`, body: `{}`,
		},
		"no groups": {
			call: func(ctx context.Context, c *Client) error {
				var none []string
				_, err := c.UpdateUser(ctx, "ann", UserPatch{Groups: &none})
				return err
			},
			want: `PATCH /hub/api/users/ann {"groups":[]}`, body: `{}`,
		},
		"delete user": {
			call: func(ctx context.Context, c *Client) error { return c.DeleteUser(ctx, "..a") },
			want: `DELETE /hub/api/users/..a`, code: 204,
		},
		"bulk users": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.BulkUsers(ctx, BulkUsersRequest{Users: []BulkUser{
					{Username: "a"},
					{Username: "b", Admin: &yes, Password: "p", Groups: []string{}, MustChangePassword: &no, Quota: &quota},
				}, Existing: ExistingChange, MakeGroups: &no})
				return err
			},
			want: `POST /hub/api/bulk/users {"users":[{"username":"a"},` +
				`{"username":"b","admin":true,"password":"p","groups":[],"must_change_password":false,"quota":5}],"existing":"change","make_groups":false}`,
			body: `{"results":[{"username":"a","status":"created"},{"username":"b","status":"failed","message":"m","warnings":["w"]}]}`,
		},
		"bulk delete": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.BulkDelete(ctx, BulkDeleteRequest{Usernames: []string{"a"}})
				return err
			},
			want: `POST /hub/api/bulk/users/delete {"usernames":["a"]}`, body: `{"results":[{}]}`,
		},
		"bulk delete by a filter": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.BulkDelete(ctx, BulkDeleteRequest{Filter: &PeopleFilter{Group: "class"}, Confirmed: &quota})
				return err
			},
			want: `POST /hub/api/bulk/users/delete {"filter":{"group":"class"},"confirmed":5}`, body: `{"results":[{},{}]}`,
		},
		"quotas of some": {
			call: func(ctx context.Context, c *Client) error {
				for q, err := range c.Quotas(ctx, "a", "b") {
					if err != nil || q.Username != "b" {
						return fmt.Errorf("%+v, %w", q, err)
					}
				}
				return nil
			},
			want: "GET /hub/admin/api/quota?after=&limit=1000&username=a&username=b", body: `{"users":[{"username":"b"}]}`,
		},
		"bulk passwords": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.BulkPasswords(ctx, BulkPasswordsRequest{Users: []BulkPassword{{Username: "a", PasswordHash: "$2b$"}}, MustChangePassword: &no})
				return err
			},
			want: `POST /hub/api/bulk/users/passwords {"users":[{"username":"a","password_hash":"$2b$"}],"must_change_password":false}`,
			body: `{"results":[{}]}`,
		},
		"bulk start": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.BulkServersStart(ctx, BulkServersRequest{Servers: []BulkServer{{Username: "a", ServerName: "s", Options: map[string]any{"x": 1}}}})
				return err
			},
			want: `POST /hub/api/bulk/servers/start {"servers":[{"username":"a","server_name":"s","options":{"x":1}}]}`, body: `{"results":[{}]}`,
		},
		"bulk stop": {
			call: func(ctx context.Context, c *Client) error {
				_, err := c.BulkServersStop(ctx, BulkServersRequest{Servers: []BulkServer{{Username: "a"}}})
				return err
			},
			want: `POST /hub/api/bulk/servers/stop {"servers":[{"username":"a"}]}`, body: `{"results":[{}]}`,
		},
	})
}

func TestAtriumsCallsSendNothingToJupyterHub(t *testing.T) {
	f := newFake(t, false, says(http.StatusOK, `{}`))
	hub, _ := f.client(t)
	yes := true
	_, bulk := hub.BulkPasswords(t.Context(), BulkPasswordsRequest{Users: []BulkPassword{{Username: "a", Password: "secret"}}})
	_, patch := hub.UpdateUser(t.Context(), "a", UserPatch{Suspended: &yes})
	for _, err := range []error{bulk, patch} {
		if !errors.Is(err, ErrNotAtrium) || !strings.Contains(err.Error(), "JupyterHub 5.4.0") {
			t.Errorf("%v", err)
		}
	}
	if got := f.lines(); got != "" {
		t.Errorf("asked: %s", got)
	}
}

func TestBulkChecksItsRows(t *testing.T) {
	f := newFake(t, true, says(http.StatusOK, `{"results":[{"username":"a"}],"counts":{"created":1}}`))
	hub, _ := f.client(t)
	if _, err := hub.BulkDelete(t.Context(), BulkDeleteRequest{Usernames: make([]string, MaxRows+1)}); !errors.Is(err, ErrTooManyRows) {
		t.Errorf("too many: %v", err)
	}
	if _, err := hub.BulkDelete(t.Context(), BulkDeleteRequest{Usernames: []string{"a"}, IdempotencyKey: "a\nb"}); err == nil {
		t.Error("a key with a line's end is taken")
	}
	if answer, err := hub.BulkDelete(t.Context(), BulkDeleteRequest{}); err != nil || len(answer.Results) != 0 {
		t.Errorf("no rows: %v, %v", answer, err)
	}
	if got := f.lines(); got != "" {
		t.Errorf("asked: %s", got)
	}
	if _, err := hub.BulkDelete(t.Context(), BulkDeleteRequest{Usernames: []string{"a", "b"}}); err == nil {
		t.Error("an answer without a result for each row is taken")
	}
	stop := BulkServersRequest{Servers: []BulkServer{{Username: "a", Options: map[string]any{}}}}
	if _, err := hub.BulkServersStop(t.Context(), stop); err == nil {
		t.Error("stopping takes options")
	}
}

func TestNamesThatNoPathCanHold(t *testing.T) {
	f := newFake(t, true, says(http.StatusOK, `{}`))
	hub, _ := f.client(t)
	for _, name := range []string{"", "\xff", ".", ".."} {
		if err := hub.DeleteUser(t.Context(), name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
	if got := f.lines(); got != "" {
		t.Errorf("asked: %s", got)
	}
}
