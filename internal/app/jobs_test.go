package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/accounts"
	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/filter"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
	"github.com/atriumhub/atrium/internal/jobs"
	"github.com/atriumhub/atrium/internal/people"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/testkit"
)

// enough rows that a job takes several transactions.
const enough = 170

func names(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("u%03d", i)
	}
	return list
}

// hooked is a store of which each transaction that writes can be told of before it begins, or
// be lost after it was done and before it is committed.
type hooked struct {
	data.Store
	before func(n int)
	lost   func(n int) bool
	n      atomic.Int64
}

var errKilled = errors.New("killed")

func (h *hooked) Update(ctx context.Context, fn func(data.Tx) error) error {
	n := int(h.n.Add(1))
	if h.before != nil {
		h.before(n)
	}
	return h.Store.Update(ctx, func(tx data.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if h.lost != nil && h.lost(n) {
			return errKilled
		}
		return nil
	})
}

// bulkCase is a kind of bulk work on many people, with what it leaves behind.
type bulkCase struct {
	work   func(key string) people.Bulk
	ready  func(f *fixture, admin *access.Requester)
	status bulk.Status
	action string // in the audit log, once a row
}

func bulkCases() map[string]bulkCase {
	persons := func(f *fixture, _ *access.Requester) { f.create(names(enough)...) }
	servers := func() (rows []servers.ServerRow) {
		for _, name := range names(enough) {
			rows = append(rows, servers.ServerRow{Username: name})
		}
		return rows
	}
	users := func(row people.UserRow) (rows []people.UserRow) {
		for _, name := range names(enough) {
			row.Username = name
			rows = append(rows, row)
		}
		return rows
	}
	return map[string]bulkCase{
		"create": {
			func(key string) people.Bulk { return people.Request{Key: key, Rows: users(people.UserRow{})} },
			func(*fixture, *access.Requester) {}, bulk.Created, "user.create",
		},
		"groups": {
			func(key string) people.Bulk {
				return people.Request{Key: key, Change: true, MakeGroups: true, Rows: users(people.UserRow{Groups: &[]string{"class"}})}
			},
			persons, bulk.Changed, "group.add_member",
		},
		"passwords": {
			func(key string) people.Bulk {
				return people.PasswordsRequest{Key: key, Rows: users(people.UserRow{Password: "a long password"})}
			},
			persons, bulk.Changed, "user.password",
		},
		"start": {
			func(key string) people.Bulk { return people.StartServers{Key: key, Rows: servers()} }, persons, bulk.Started, "server.start",
		},
		"stop": {
			func(key string) people.Bulk { return people.StopServers{Key: key, Rows: servers()} },
			func(f *fixture, admin *access.Requester) {
				persons(f, admin)
				if _, err := f.Bulk(f.t.Context(), admin, people.StartServers{Rows: servers()}); err != nil {
					f.t.Fatal(err)
				}
			}, bulk.Stopped, "server.stop",
		},
		"suspend": {
			func(key string) people.Bulk {
				return people.ChangeRequest{Key: key, Usernames: names(enough), Change: accounts.Change{Suspended: yes()}}
			}, persons, bulk.Changed, "user.change",
		},
		"join": {
			func(key string) people.Bulk {
				return people.MembersRequest{Key: key, Group: "class", Usernames: names(enough)}
			},
			func(f *fixture, admin *access.Requester) {
				persons(f, admin)
				_, err := f.CreateGroup(f.t.Context(), admin, "class", nil)
				f.must(err)
			}, bulk.Changed, "group.add_member",
		},
		"delete": {
			func(key string) people.Bulk { return people.DeleteRequest{Key: key, Usernames: names(enough)} }, persons, bulk.Deleted, "user.delete",
		},
	}
}

// auditedJob counts the audit entries of a job with an action by whom they are about.
func (f *fixture) auditedJob(id int64, action string) map[string]int {
	f.t.Helper()
	counts := map[string]int{}
	err := f.DB.View(f.t.Context(), func(tx data.Tx) error {
		entries, err := tx.ListAudit(f.t.Context(), hub.AuditQuery{JobID: id, Action: action})
		for _, e := range entries {
			counts[e.TargetName]++
		}
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return counts
}

// only is the job that there is.
func (f *fixture) only(owner *access.Requester, key string) (job hub.Job) {
	f.t.Helper()
	err := f.DB.View(f.t.Context(), func(tx data.Tx) (err error) {
		job, err = tx.JobByKey(f.t.Context(), fmt.Sprintf("user:%d", owner.User.ID), key)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return job
}

// A hub that is killed in the middle of bulk work, before or after any transaction, leaves
// nothing half done: another one goes on, each row is done once and audited once.
func TestAKilledJobGoesOnElsewhere(t *testing.T) {
	for name, c := range bulkCases() {
		for kill := 2; kill <= 3; kill++ { // the first transaction makes the job
			t.Run(fmt.Sprintf("%s/%d", name, kill), func(t *testing.T) {
				f := newFixture(t, nil)
				admin := f.admin()
				c.ready(f, admin)
				first := f.over(&hooked{Store: f.DB, lost: func(n int) bool { return n >= kill }}, f.Config())
				if _, err := first.Bulk(t.Context(), admin, c.work("k")); !errors.Is(err, errKilled) {
					t.Fatalf("it was not killed: %v", err)
				}
				first.Close()
				job := f.only(admin, "k")
				if job.State != hub.JobRunning || (job.Next > 0) != (kill > 2) {
					t.Errorf("it was killed at row %d, %s", job.Next, job.State)
				}

				second := f.again(f.Config())
				defer second.Close()
				if err := second.TakeUpJobs(t.Context()); err != nil { // the claim has not run out
					t.Fatal(err)
				}
				if now := f.only(admin, "k"); now.Next != job.Next {
					t.Fatal("it was taken from one who may be at work")
				}
				f.clock.Add(time.Minute)
				if err := second.TakeUpJobs(t.Context()); err != nil {
					t.Fatal(err)
				}
				f.until("the job is done", func() bool { return f.only(admin, "k").State == hub.JobDone })
				f.onceEach(second, admin, c, job.ID)
			})
		}
	}
}

// onceEach checks that a job has done each row once, and answers so under its key.
func (f *fixture) onceEach(a *app.App, admin *access.Requester, c bulkCase, id int64) {
	f.t.Helper()
	results, err := a.Bulk(f.t.Context(), admin, c.work("k"))
	if counts := bulk.Tally(results); err != nil || counts[c.status] != enough || len(results) != enough {
		f.t.Errorf("the results are %v, %v", counts, err)
	}
	want := map[string]int{}
	for i, name := range names(enough) {
		if results[i].Username != name {
			f.t.Fatalf("row %d is about %s", i, results[i].Username)
		}
		if strings.HasPrefix(c.action, "server.") {
			name += "/"
		}
		want[name] = 1
	}
	got := f.auditedJob(id, c.action)
	if diff := cmp.Diff(want, got); diff != "" {
		f.t.Errorf("audited (-want +got):\n%s", diff)
	}
}

// A request that is sent again under its key while its job is done waits for the same job, at
// another replica as well.
func TestOneKeyAtTwoReplicas(t *testing.T) {
	for name, c := range bulkCases() {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			admin := f.admin()
			c.ready(f, admin)
			second := f.again(f.Config())
			defer second.Close()
			answers := make(chan []bulk.Result, 1)
			store := &hooked{Store: f.DB}
			store.before = func(n int) {
				if n != 3 { // in the middle
					return
				}
				asked := make(chan struct{})
				go func() {
					own := *admin
					close(asked)
					results, err := second.Bulk(context.WithoutCancel(t.Context()), &own, c.work("k"))
					if err != nil {
						t.Error(err)
					}
					answers <- results
				}()
				<-asked
			}
			first := f.over(store, f.Config())
			defer first.Close()
			results, err := first.Bulk(t.Context(), admin, c.work("k"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(results, <-answers); diff != "" {
				t.Errorf("the answers differ: %s", diff)
			}
			f.onceEach(second, admin, c, f.only(admin, "k").ID)
			other := c.work("k")
			switch b := other.(type) {
			case people.DeleteRequest:
				b.Usernames = b.Usernames[1:]
				other = b
			case people.StartServers:
				b.Rows = b.Rows[1:]
				other = b
			default:
				return
			}
			_, err = second.Bulk(t.Context(), admin, other)
			f.wantCode(err, hub.Conflict)
		})
	}
}

// Who loses their rights while a job is done has done what was done; the rows that are left
// fail and say why.
func TestRightsLostDuringAJob(t *testing.T) {
	for name, c := range bulkCases() {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			admin := f.admin()
			c.ready(f, admin)
			if _, err := f.CreateUsers(t.Context(), admin, []string{"thief"}, true); err != nil {
				t.Fatal(err)
			}
			store := &hooked{Store: f.DB}
			thieves, tell := f.second(store)
			defer thieves.Close()
			store.before = func(n int) {
				if n == 2 { // the first rows are about to be written
					if err := f.Revoke(t.Context(), admin, "thief"); err != nil {
						t.Error(err)
					}
					tell(data.Change{Kind: data.Resync})
				}
			}
			thief, ok := thieves.Identities().ByToken(t.Context(), f.token("thief"))
			if !ok {
				t.Fatal("the token does not work")
			}
			results, err := thieves.Bulk(t.Context(), &thief, c.work("k"))
			if err != nil {
				t.Fatal(err)
			}
			counts := bulk.Tally(results)
			if counts[c.status] == 0 || counts[bulk.Failed] == 0 || counts[c.status]+counts[bulk.Failed] != enough {
				t.Errorf("the results are %v", counts)
			}
			if last := results[enough-1]; last.Username != names(enough)[enough-1] || !strings.Contains(last.Message, "revoked") {
				t.Errorf("the last row is %v", last)
			}
		})
	}
}

// Others write between the transactions of a job: it holds none while they wait.
func TestOthersWriteDuringAJob(t *testing.T) {
	for name, c := range bulkCases() {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			admin := f.admin()
			c.ready(f, admin)
			wrote := 0
			store := &hooked{Store: f.DB, before: func(int) {
				err := f.DB.Update(t.Context(), func(tx data.Tx) error {
					return tx.AddAudit(t.Context(), hub.AuditEntry{Action: "meanwhile"})
				})
				if err != nil {
					t.Error(err)
				}
				wrote++
			}}
			a := f.over(store, f.Config())
			defer a.Close()
			if _, err := a.Bulk(t.Context(), admin, c.work("k")); err != nil {
				t.Fatal(err)
			}
			if wrote < 4 {
				t.Errorf("%d rows took %d transactions", enough, wrote)
			}
			f.onceEach(a, admin, c, f.only(admin, "k").ID)
		})
	}
}

// Whoever is among those to whom they give passwords loses their session, or what they may do
// until they have chosen another password, after all the others are done.
func TestOwnRowEndsNoJob(t *testing.T) {
	for name, row := range map[string]people.UserRow{
		"password":    {Password: "another password"},
		"must change": {Password: "another password", MustChange: new(true)},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, nil)
			admin := f.admin()
			f.create(names(enough)...)
			if _, err := f.CreateUsers(t.Context(), admin, []string{"second"}, true); err != nil {
				t.Fatal(err)
			}
			f.must(f.SetPassword(t.Context(), admin, "second", "a long password", false))
			in, err := f.login("admin", adminPassword)
			if err != nil {
				t.Fatal(err)
			}
			by, ok := f.Identities().ByCookies(t.Context(), in.SessionCookie, in.LoginCookie)
			if !ok {
				t.Fatal("the session is not known")
			}
			req := people.Request{Change: true}
			for _, name := range append([]string{"admin"}, names(enough)...) {
				own := row
				own.Username = name
				req.Rows = append(req.Rows, own)
			}
			results, err := f.BulkUsers(t.Context(), &by, req)
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range results {
				if x.Status != bulk.Changed || x.Username != req.Rows[i].Username {
					t.Fatalf("row %d is %v", i, x)
				}
			}
			_, ok = f.Identities().ByCookies(t.Context(), in.SessionCookie, in.LoginCookie)
			if ok {
				t.Error("the own row is not done")
			}
		})
	}
}

// What was under way when a backup was made does not go on by itself after a restore, perhaps
// months later: the rows that are left fail and say why.
func TestARestoredHubGoesOnWithNoJob(t *testing.T) {
	clock, dbs := testkit.NewClock(), testkit.NewDatabases(t)
	on := func(database string) *fixture {
		return &fixture{t: t, clock: clock, Hub: testkit.New(t, func(o *testkit.Options) {
			o.Clock, o.URL, o.Config.StopWait = clock.Now, dbs.URL(database), 20*time.Millisecond
		})}
	}
	f := on("before")
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	f.wantCode(f.DeleteUser(t.Context(), admin, "alice"), hub.Unavailable)
	create := bulkCases()["create"].work("k")
	first := f.over(&hooked{Store: f.DB, lost: func(n int) bool { return n >= 3 }}, f.Config())
	defer first.Close()
	if _, err := first.Bulk(t.Context(), admin, create); !errors.Is(err, errKilled) {
		t.Fatalf("it was not killed: %v", err)
	}
	begun := f.only(admin, "k").Next
	dbs.Copy("before", "after")

	f = on("after")
	admin = f.by(adminToken)
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	f.until("all jobs are done", func() bool {
		if err := f.TakeUpJobs(t.Context()); err != nil {
			t.Fatal(err)
		}
		clock.Add(time.Minute)
		var free []hub.Job
		err := f.DB.View(t.Context(), func(tx data.Tx) (err error) {
			free, err = tx.FreeJobs(t.Context(), 1)
			return err
		})
		return err == nil && len(free) == 0
	})
	if v, err := f.GetUser(t.Context(), admin, "alice"); err != nil || !v.Suspended {
		t.Errorf("alice is %v, %v", v.User, err)
	}
	results, err := f.Bulk(t.Context(), admin, create)
	if err != nil || begun == 0 || begun == enough {
		t.Fatal(begun, err)
	}
	for i, x := range results {
		if x.Username != names(enough)[i] || i < begun && x.Status != bulk.Created || i >= begun && !strings.Contains(x.Message, "backup") {
			t.Fatalf("row %d is %v", i, x)
		}
	}
	if _, err := f.GetUser(t.Context(), admin, results[enough-1].Username); !hub.Is(err, hub.NotFound) {
		t.Errorf("the last one: %v", err)
	}
}

// A person whose deletion was cut off while their servers stopped is deleted all the same,
// without anybody asking again: one alone, and one of many.
func TestAnInterruptedDeletionIsFinished(t *testing.T) {
	for name, del := range map[string]func(a *app.App, ctx context.Context, r *access.Requester) error{
		"one": func(a *app.App, ctx context.Context, r *access.Requester) error { return a.DeleteUser(ctx, r, "alice") },
		"many": func(a *app.App, ctx context.Context, r *access.Requester) error {
			_, err := a.BulkDelete(ctx, r, "", []string{"alice", "bob"}, false)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(c *app.Config) { c.StopWait = time.Minute })
			admin := f.admin()
			f.create("alice", "bob")
			s := f.running(admin, "alice", "")
			first := f.again(f.Config())
			failed := make(chan error, 1)
			go func() {
				own := *admin
				own.RequestID = "delete"
				failed <- del(first, context.WithoutCancel(t.Context()), &own)
			}()
			f.until("she is locked out", func() bool {
				return f.DB.View(t.Context(), func(tx data.Tx) error {
					u, err := tx.UserByName(t.Context(), "alice")
					if err == nil && !u.Suspended {
						err = errors.New("not yet")
					}
					return err
				}) == nil
			})
			first.Close()
			f.wantCode(<-failed, hub.Unavailable)

			second := f.again(f.Config())
			defer second.Close()
			if err := second.TakeUpJobs(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := second.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
				t.Fatal(err)
			}
			f.until("she is gone", func() bool {
				err := f.DB.View(t.Context(), func(tx data.Tx) error {
					_, err := tx.UserByName(t.Context(), "alice")
					return err
				})
				return hub.Is(err, hub.NotFound)
			})
			if n := f.auditActions("delete")["user.delete"]; n != map[string]int{"one": 1, "many": 2}[name] {
				t.Errorf("%d deletions are audited", n)
			}
		})
	}
}

// Letting somebody in again who waits for their deletion is to keep them.
func TestLettingInAgainEndsADeletion(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = 20 * time.Millisecond })
	admin := f.admin()
	f.create("alice")
	s := f.running(admin, "alice", "")
	f.wantCode(f.DeleteUser(t.Context(), admin, "alice"), hub.Unavailable)
	no := false
	if _, err := f.PatchUser(t.Context(), admin, "alice", people.UserPatch{Suspended: &no}); err != nil {
		t.Fatal(err)
	}
	if err := f.EndRun(t.Context(), s.ID, s.Fence, hub.EventStopped, "", ""); err != nil {
		t.Fatal(err)
	}
	f.until("the job is done", func() bool {
		var free []hub.Job
		f.clock.Add(time.Minute) // all claims have run out
		err := f.DB.View(t.Context(), func(tx data.Tx) (err error) {
			free, err = tx.FreeJobs(t.Context(), 1)
			return err
		})
		return err == nil && len(free) == 0
	})
	if v, err := f.GetUser(t.Context(), admin, "alice"); err != nil || v.Suspended {
		t.Errorf("she is %v, %v", v.User, err)
	}
}

// Who waits for a deletion that is called off is what they were: they can log in again, or stay suspended if they were. Of
// whom it was not begun nothing is changed.
func TestACalledOffDeletionPutsPeopleBack(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.StopWait = 20 * time.Millisecond })
	admin := f.admin()
	f.create("alice", "bob")
	f.running(admin, "alice", "")
	f.running(admin, "bob", "")
	f.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "bob")
		if err != nil {
			return err
		}
		u.Suspended = true // while the server still stops
		return tx.UpdateUser(ctx, u)
	})
	req := people.DeleteRequest{Key: "k", Usernames: []string{"alice", "bob"}}
	if _, err := f.Bulk(t.Context(), admin, req); err != nil {
		t.Fatal(err)
	}
	if u := f.user("alice"); !u.Suspended {
		t.Fatal("nothing was begun with alice")
	}
	if _, err := f.CallOffJob(t.Context(), admin, f.only(admin, "k").ID); err != nil {
		t.Fatal(err)
	}
	f.until("the job is done", func() bool {
		f.must(f.TakeUpJobs(t.Context()))
		return f.only(admin, "k").State == hub.JobDone
	})
	results, err := f.Bulk(t.Context(), admin, req)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"alice can log in again", "bob is suspended, as before"} {
		if results[i].Status != bulk.Failed || !strings.Contains(results[i].Message, want) {
			t.Errorf("the row is %v, want %q", results[i], want)
		}
	}
	for name, suspended := range map[string]bool{"alice": false, "bob": true} {
		if u := f.user(name); u.Suspended != suspended {
			t.Errorf("%s is suspended: %t", name, u.Suspended)
		}
	}
	if n := f.auditedJob(f.only(admin, "k").ID, "user.change")["alice"]; n != 2 {
		t.Errorf("%d changes of alice are audited, not that she was locked out and let in again", n)
	}
	alice := f.by(f.token("alice"))
	if _, err := f.StartServer(t.Context(), alice, "alice", "again", servers.StartRequest{}); err != nil {
		t.Errorf("she starts another server: %v", err)
	}
}

// A filter stands for as many people as were confirmed, and for no more.
func TestAFilterIsConfirmed(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	rows := []people.UserRow{{Username: "ann", Groups: &[]string{"class"}}, {Username: "ben", Groups: &[]string{"class"}}, {Username: "cem"}}
	if _, err := f.BulkUsers(t.Context(), admin, people.Request{MakeGroups: true, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	class := func(confirmed int) *filter.Filter {
		return &filter.Filter{Group: "class", Confirmed: confirmed}
	}
	tally := func(b people.Bulk) map[bulk.Status]int {
		t.Helper()
		results, err := f.Bulk(t.Context(), admin, b)
		if err != nil {
			t.Fatal(err)
		}
		return bulk.Tally(results)
	}
	want := func(what string, got map[bulk.Status]int, status bulk.Status, n int) {
		t.Helper()
		if diff := cmp.Diff(map[bulk.Status]int{status: n}, got); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	want("foreseen", tally(people.DeleteRequest{DryRun: true, Filter: class(0)}), bulk.Deleted, 2)
	for _, b := range []people.Bulk{people.DeleteRequest{Filter: class(1)}, people.StartServers{Filter: class(1)}} {
		_, err := f.Bulk(t.Context(), admin, b)
		f.wantCode(err, hub.Conflict)
	}
	_, err := f.Bulk(t.Context(), admin, people.DeleteRequest{Filter: &filter.Filter{Confirmed: 100}})
	f.wantCode(err, hub.Invalid)
	want("started", tally(people.StartServers{Filter: class(2)}), bulk.Started, 2)
	_, err = f.Bulk(t.Context(), admin, people.StopServers{Filter: &filter.Filter{State: hub.ActiveUsers, Confirmed: 1}})
	f.wantCode(err, hub.Conflict)
	want("stopped", tally(people.StopServers{Filter: &filter.Filter{State: hub.ActiveUsers, Confirmed: 2}}), bulk.Stopped, 2)
	f.Update(func(ctx context.Context, tx data.Tx) error {
		all, err := tx.ListServers(ctx)
		fences := make([]int64, len(all))
		for i := range all {
			fences[i], all[i].Phase, all[i].WantRunning = all[i].Fence, hub.Stopped, false
		}
		if err == nil {
			_, err = tx.UpdateServers(ctx, all, fences)
		}
		return err
	})
	want("deleted", tally(people.DeleteRequest{Key: "k", Filter: class(5)}), bulk.Deleted, 2)
	want("asked again", tally(people.DeleteRequest{Key: "k", Filter: class(5)}), bulk.Deleted, 2)
	if _, err := f.GetUser(t.Context(), admin, "cem"); err != nil {
		t.Error(err)
	}
}

// G14: who looks after one group alone puts into it, and finds for it by a filter, those alone whom
// they may list and give what the group gives.
func TestATeacherFillsTheirGroup(t *testing.T) {
	f := newFixture(t, func(c *app.Config) {
		rights, err := access.NewRights(nil, []scopes.Role{{Name: "teacher", Scopes: []string{"groups!group=class", "list:users!group=class"}}})
		if err != nil {
			t.Fatal(err)
		}
		c.Rights = rights
	})
	admin := f.admin()
	_, err := f.CreateGroup(t.Context(), admin, "class", nil)
	f.must(err)
	f.create("ann", "ben", "teacher")
	_, err = f.CreateGroup(t.Context(), admin, "other", []string{"ann"})
	f.must(err)
	f.teaches("teacher", "")
	teacher := f.by(f.token("teacher"))
	_, err = f.Bulk(t.Context(), teacher, people.MembersRequest{Group: "other", Usernames: []string{"ben"}})
	f.wantCode(err, hub.NotFound)
	results, err := f.Bulk(t.Context(), teacher, people.MembersRequest{Group: "class", Usernames: []string{"ben"}})
	if err != nil || results[0].Status != bulk.Failed || !strings.Contains(results[0].Message, "Ask an administrator to add them") {
		t.Errorf("%v, %v", results, err)
	}
	_, err = f.ChangeMembers(t.Context(), admin, "class", []string{"ben"}, true, false)
	f.must(err)
	for _, filter := range []filter.Filter{{Group: "other"}, {Name: "ann"}} {
		if results, err := f.Bulk(t.Context(), teacher, people.MembersRequest{Group: "class", DryRun: true, Filter: &filter}); err != nil || len(results) != 0 {
			t.Errorf("%v: %v, %v", filter, results, err)
		}
	}
	results, err = f.Bulk(t.Context(), teacher, people.MembersRequest{Group: "class", Remove: true, Filter: &filter.Filter{Group: "class", Confirmed: 1}})
	if err != nil || len(results) != 1 || results[0].Status != bulk.Changed {
		t.Errorf("%v, %v", results, err)
	}
}

// asked is a store that keeps which lists of people are read.
type asked struct {
	data.Store
	lists []hub.UserQuery
}

type askedTx struct {
	data.Tx
	of *asked
}

func (a *asked) View(ctx context.Context, fn func(data.Tx) error) error {
	return a.Store.View(ctx, func(tx data.Tx) error { return fn(askedTx{tx, a}) })
}

func (t askedTx) ListUsers(ctx context.Context, q hub.UserQuery) ([]hub.User, int, error) {
	t.of.lists = append(t.of.lists, q)
	return t.Tx.ListUsers(ctx, q)
}

// A filter reads those alone on whom whoever asks may act, and nobody for whom that is
// themselves alone: a few requests of a student kept the hub reading everybody.
func TestAFilterReadsNobodyElse(t *testing.T) {
	f := newFixture(t, func(c *app.Config) {
		rights, err := access.NewRights(nil, []scopes.Role{{Name: "teacher", Scopes: []string{"delete:users!group=class", "delete:users!user=ann"}}})
		if err != nil {
			t.Fatal(err)
		}
		c.Rights = rights
	})
	admin := f.admin()
	rows := []people.UserRow{
		{Username: "teacher"}, {Username: "ann", Groups: &[]string{"club"}},
		{Username: "ben", Groups: &[]string{"class", "club"}}, {Username: "cem", Groups: &[]string{"class"}}, {Username: "other", Groups: &[]string{"club"}},
	}
	if _, err := f.BulkUsers(t.Context(), admin, people.Request{MakeGroups: true, Rows: rows}); err != nil {
		t.Fatal(err)
	}
	f.Update(func(ctx context.Context, tx data.Tx) error {
		u, err := tx.UserByName(ctx, "teacher")
		if err != nil {
			return err
		}
		return tx.AddRoleMembers(ctx, []hub.RoleMember{{Role: "teacher", UserID: u.ID}})
	})
	student, teacher := f.student("student"), f.by(f.token("teacher"))
	store := &asked{Store: f.DB}
	a := f.over(store, f.Config())
	defer a.Close()
	for _, filter := range []filter.Filter{{Name: "e"}, {Group: "class"}, {State: hub.InactiveUsers}} {
		for _, b := range []people.Bulk{
			people.StopServers{DryRun: true, Filter: &filter}, people.StartServers{DryRun: true, Filter: &filter},
		} {
			_, err := a.Bulk(t.Context(), student, b)
			f.wantCode(err, hub.Forbidden)
		}
	}
	if len(store.lists) > 0 {
		t.Errorf("a student has people read: %v", store.lists)
	}
	for _, c := range []struct {
		filter filter.Filter
		want   []string
	}{
		{filter.Filter{State: hub.InactiveUsers}, []string{"ann", "ben", "cem"}},
		{filter.Filter{Group: "class"}, []string{"ben", "cem"}},
		{filter.Filter{Group: "club"}, []string{"ann", "ben"}},
		{filter.Filter{Name: "e"}, []string{"ben", "cem"}},
	} {
		store.lists = nil
		results, err := a.Bulk(t.Context(), teacher, people.DeleteRequest{DryRun: true, Filter: &c.filter})
		var got []string
		for _, x := range results {
			got = append(got, x.Username)
		}
		if diff := cmp.Diff(c.want, got); diff != "" || err != nil {
			t.Errorf("%v: %v, %s", c.filter, err, diff)
		}
		for _, q := range store.lists {
			if !q.Restricted || slices.Contains(q.OnlyGroups, "club") {
				t.Errorf("%v reads %v", c.filter, q)
			}
		}
	}
}

// A job that is called off goes on with no row: what is done stays done, the rest fails. It is in
// the list of whoever asked for it, and nobody else's.
func TestAJobIsCalledOff(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create(append(names(enough), "alice")...)
	store := &hooked{Store: f.DB}
	a, _ := f.second(store)
	defer a.Close()
	store.before = func(n int) {
		if n != 3 { // the first rows are done, and others are about to be written
			return
		}
		if v, err := f.CallOffJob(t.Context(), admin, f.only(admin, "k").ID); err != nil || v.Done == 0 || v.Done == enough {
			t.Errorf("called off at %d, %v", v.Done, err)
		}
	}
	results, err := a.Bulk(t.Context(), admin, people.ChangeRequest{Key: "k", Usernames: names(enough), Change: accounts.Change{Suspended: yes()}})
	f.must(err)
	counts := bulk.Tally(results)
	if last := results[enough-1]; counts[bulk.Changed] == 0 || counts[bulk.Changed]+counts[bulk.Failed] != enough || !strings.Contains(last.Message, "called the rest of it off") {
		t.Errorf("the results are %v, and the last %v", counts, last)
	}
	job := f.only(admin, "k")
	if got := f.auditedJob(job.ID, "user.change"); len(got) != counts[bulk.Changed] {
		t.Errorf("%d are audited, and %d done", len(got), counts[bulk.Changed])
	}
	_, err = f.CallOffJob(t.Context(), admin, job.ID)
	f.wantCode(err, hub.Conflict)
	alice := f.by(f.token("alice"))
	_, err = f.CallOffJob(t.Context(), alice, job.ID)
	f.wantCode(err, hub.NotFound)
	if list, more, err := f.OwnJobs(t.Context(), admin, 0, 10); err != nil || more || len(list) != 1 || list[0].ID != job.ID || list[0].Done != enough {
		t.Errorf("the list is %v, %v", list, err)
	}
	if list, _, err := f.OwnJobs(t.Context(), alice, 0, 10); err != nil || len(list) != 0 {
		t.Errorf("somebody else's list is %v, %v", list, err)
	}
}

// A job can be begun and asked for, by its owner and administrators alone.
func TestAJobIsShown(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice", "bob")
	alice := f.by(f.token("alice"))
	_, err := f.BulkLater(t.Context(), alice, people.StartServers{Rows: []servers.ServerRow{{Username: "alice"}}})
	f.wantCode(err, hub.Invalid) // without a key nobody could ask for it
	job, err := f.BulkLater(t.Context(), alice, people.StartServers{Key: "k", Rows: []servers.ServerRow{{Username: "alice"}, {Username: "nobody"}}})
	if err != nil {
		t.Fatal(err)
	}
	var v jobs.View
	f.until("it is done", func() bool {
		if v, err = f.GetJob(t.Context(), alice, job.ID, 0, 1); err != nil {
			t.Fatal(err)
		}
		return v.State == hub.JobDone
	})
	if v.Total != 2 || v.Done != 2 || len(v.Results) != 1 || !v.More || v.Results[0].Status != bulk.Started {
		t.Errorf("it is %+v", v)
	}
	if v, err = f.GetJob(t.Context(), admin, job.ID, 1, 10); err != nil || len(v.Results) != 1 || v.More || v.Results[0].Row != 1 {
		t.Errorf("it is %+v, %v", v, err)
	}
	for _, who := range []*access.Requester{f.by(f.token("bob")), {}} {
		_, err := f.GetJob(t.Context(), who, job.ID, 0, 10)
		if !hub.Is(err, hub.NotFound) && !hub.Is(err, hub.Forbidden) {
			t.Errorf("somebody else is told of it: %v", err)
		}
	}
	_, err = f.GetJob(t.Context(), alice, job.ID+1, 0, 10)
	f.wantCode(err, hub.NotFound)
}

// A job is about the group that was there when it was asked for: it follows it to a new name, and has
// nothing to do with another one that gets the old name meanwhile.
func TestAJobStaysWithItsGroup(t *testing.T) {
	for name, c := range map[string]struct {
		meanwhile func(f *fixture, admin *access.Requester) error
		done      int
	}{
		"renamed": {done: enough, meanwhile: func(f *fixture, admin *access.Requester) error {
			return second(f.RenameGroup(f.t.Context(), admin, "class", "old", true))
		}},
		"deleted": {done: firstRows, meanwhile: func(f *fixture, admin *access.Requester) error {
			return f.DeleteGroup(f.t.Context(), admin, "class")
		}},
	} {
		for _, remove := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, remove %t", name, remove), func(t *testing.T) {
				f := newFixture(t, nil)
				admin := f.admin()
				f.create(names(enough)...)
				var members []string
				if remove {
					members = names(enough)
				}
				f.must(second(f.CreateGroup(t.Context(), admin, "class", members)))
				store := &hooked{Store: f.DB}
				store.before = func(n int) {
					if n == 3 { // the first rows are done
						f.must(c.meanwhile(f, admin))
						f.must(second(f.CreateGroup(t.Context(), admin, "class", members)))
					}
				}
				a := f.over(store, f.Config())
				defer a.Close()
				results, err := a.Bulk(t.Context(), admin, people.MembersRequest{Group: "class", Remove: remove, Usernames: names(enough)})
				f.must(err)
				if counts := bulk.Tally(results); counts[bulk.Changed] != c.done || counts[bulk.Failed] != enough-c.done {
					t.Errorf("the results are %v", counts)
				}
				f.must(f.DB.View(t.Context(), func(tx data.Tx) error {
					g, err := tx.GroupByName(t.Context(), "class")
					if len(g.Users) != len(members) {
						t.Errorf("of another group of the name, %d of %d are members", len(g.Users), len(members))
					}
					return err
				}))
			})
		}
	}
}

// firstRows is how many rows the first transaction of a job has.
const firstRows = 50
