package app_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
)

// deleting begins to delete alice, whose server runs, and waits until she is locked out.
func (f *fixture) deleting(admin, by *access.Requester) (s hub.Server, done chan []bulk.Result, failed chan error) {
	f.t.Helper()
	f.create("alice")
	s = f.running(admin, "alice", "")
	done, failed = make(chan []bulk.Result, 1), make(chan error, 1)
	own := *by // each request has its requester
	go func() {
		results, err := f.BulkDelete(context.WithoutCancel(f.t.Context()), &own, "", []string{"alice"}, false)
		done <- results
		failed <- err
	}()
	for {
		v, err := f.GetUser(f.t.Context(), admin, "alice")
		if err != nil {
			f.t.Fatal(err)
		}
		if v.Suspended {
			return s, done, failed
		}
		time.Sleep(time.Millisecond)
	}
}

// As for one person: who loses their rights meanwhile deletes nobody.
func TestRevokedDuringABulkDeletion(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = time.Minute })
	admin := f.admin()
	if _, err := f.CreateUsers(t.Context(), admin, []string{"thief"}, true); err != nil {
		t.Fatal(err)
	}
	s, done, failed := f.deleting(admin, f.by(f.token("thief")))
	if err := f.Revoke(t.Context(), admin, "thief"); err != nil {
		t.Fatal(err)
	}
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	results := <-done
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if results[0].Status != bulk.Failed || !strings.Contains(results[0].Message, "revoked") {
		t.Errorf("the results are %v", results)
	}
	if _, err := f.GetUser(t.Context(), admin, "alice"); err != nil {
		t.Errorf("deleted by somebody who may not any more: %v", err)
	}
}

// Somebody made under the name of a person who is on their way out is another person.
func TestBulkDeletionSparesANamesake(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = time.Minute })
	admin := f.admin()
	s, done, failed := f.deleting(admin, admin)
	other := "other"
	f.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "alice")
		if err != nil {
			return err
		}
		u.Name = other
		return tx.UpdateUser(ctx, u)
	})
	f.create("alice")
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	results := <-done
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	if _, err := f.GetUser(t.Context(), admin, "alice"); err != nil {
		t.Errorf("the new alice is gone (%v), and the results are %v", err, results)
	}
}

// Somebody who may do nothing to others has few rows and few keys: their answers, each as large
// as its request, are kept for a day.
func TestAStudentCannotFillTheDatabaseWithAnswers(t *testing.T) {
	f := newFixture(t, nil)
	admin, alice := f.admin(), f.student("alice")
	rows := func(n int) (list []servers.ServerRow) {
		for i := range n {
			list = append(list, servers.ServerRow{Username: strings.Repeat("x", 5000) + strconv.Itoa(i), ServerName: strings.Repeat("y", 5000)})
		}
		return list
	}
	stop := func(r *access.Requester, key string, n int) error {
		_, err := f.BulkStop(t.Context(), r, people.ServersRequest{Key: key, Rows: rows(n)})
		return err
	}
	f.wantCode(stop(alice, "", 101), hub.TooLarge)
	for i := range 100 {
		if err := stop(alice, strconv.Itoa(i), 100); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
	f.wantCode(stop(alice, "one more", 1), hub.Limit)
	f.must(stop(alice, "7", 100)) // is told what was told
	f.must(stop(alice, "", 100))
	f.must(stop(admin, "one more", 101))
	f.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "alice")
		if err != nil {
			return err
		}
		job, err := tx.JobByKey(ctx, "user:"+strconv.FormatInt(u.ID, 10), "7")
		if err != nil {
			return err
		}
		kept, err := tx.JobResults(ctx, job.ID, 0, 0)
		size := 0
		for _, x := range kept {
			size += len(x.Result)
		}
		if len(kept) != 100 || size > 100<<10 {
			t.Errorf("%d results of %d bytes are kept", len(kept), size)
		}
		return err
	})
	f.clock.Add(25 * time.Hour)
	if _, err := f.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.must(stop(alice, "one more", 1))
}

// What a bulk request answers about people outside of a requester's scopes is the
// same whether or not they exist.
func TestBulkTellsNoNames(t *testing.T) {
	f := newFixture(t, func(c *app.Config) {
		rights, err := access.NewRights(nil, []scopes.Role{{Name: "teacher", Scopes: []string{"admin:users!group=class", "delete:users!group=class", "servers!group=class"}}})
		if err != nil {
			t.Fatal(err)
		}
		c.Rights = rights
	})
	f.admin()
	f.create("teacher", "there")
	f.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "teacher")
		if err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "teacher", UserID: u.ID}})
	})
	teacher := f.by(f.token("teacher"))
	row := func(password string) []people.UserRow {
		return []people.UserRow{{Username: "there", Password: password}, {Username: "nowhere", Password: password}}
	}
	for name, do := range map[string]func() ([]bulk.Result, error){
		"make": func() ([]bulk.Result, error) {
			return f.BulkUsers(t.Context(), teacher, people.Request{Rows: row("")})
		},
		"make with a bad password": func() ([]bulk.Result, error) {
			return f.BulkUsers(t.Context(), teacher, people.Request{Rows: row("short")})
		},
		"change with a bad password": func() ([]bulk.Result, error) {
			return f.BulkUsers(t.Context(), teacher, people.Request{Change: true, Rows: row("short")})
		},
		"passwords": func() ([]bulk.Result, error) {
			return f.BulkPasswords(t.Context(), teacher, people.PasswordsRequest{Rows: row("a long password")})
		},
		"bad passwords": func() ([]bulk.Result, error) {
			return f.BulkPasswords(t.Context(), teacher, people.PasswordsRequest{Rows: row("short"), DryRun: true})
		},
		"delete": func() ([]bulk.Result, error) {
			return f.BulkDelete(t.Context(), teacher, "", []string{"there", "nowhere"}, false)
		},
		"stop": func() ([]bulk.Result, error) {
			return f.BulkStop(t.Context(), teacher, people.ServersRequest{Rows: []servers.ServerRow{{Username: "there"}, {Username: "nowhere"}}})
		},
	} {
		results, err := do()
		if err != nil || len(results) != 2 {
			t.Errorf("%s: %v, %v", name, results, err)
			continue
		}
		there, nowhere := results[0], results[1]
		there.Username, nowhere.Username = "", ""
		if there.Message == "You may not make or change there" {
			there.Message = "You may not make or change nowhere"
		}
		if diff := cmp.Diff(there, nowhere); diff != "" {
			t.Errorf("%s tells who exists: %s", name, diff)
		}
	}
}

// Two requests at once under one key do the work once, and have one answer.
func TestOneKeyAtOnce(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	rows := make([]people.UserRow, 50)
	for i := range rows {
		rows[i] = people.UserRow{Username: fmt.Sprintf("u%02d", i), Password: "a long password", Groups: &[]string{"class"}}
	}
	answers := make([][]bulk.Result, 4)
	var group sync.WaitGroup
	for i := range answers {
		group.Go(func() {
			var err error
			own := *admin // each request has its requester
			if answers[i], err = f.BulkUsers(t.Context(), &own, people.Request{Key: "k", MakeGroups: true, Rows: rows}); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, answer := range answers {
		if counts := bulk.Tally(answer); counts[bulk.Created] != len(rows) {
			t.Errorf("counts are %v", counts)
		}
	}
}
