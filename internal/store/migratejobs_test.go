package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/store/migrations"
)

// What a version before had answered to a request under a key is answered to it again.
func TestAnswersBecomeJobs(t *testing.T) {
	t.Parallel()
	onEachEmpty(t, func(t *testing.T, databaseURL string) {
		db := open(t, Options{URL: databaseURL})
		p, err := migrations.NewProvider(t.Context(), db.on.Writer, db.on.Dialect)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.DownTo(t.Context(), 13); err != nil {
			t.Fatal(err)
		}
		if _, err := db.on.Writer.ExecContext(t.Context(), `INSERT INTO answers (owner, key, digest, content, made) VALUES
			('user:1', 'k', 'd', '[{"username":"ann","status":"created"},{"username":"ben","status":"failed"}]', 5),
			('user:1', 'none', 'd', '[]', 5), ('user:2', 'k', 'd', 'null', 5)`); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		err = db.View(t.Context(), func(tx data.Tx) error {
			empty, err := tx.JobByKey(t.Context(), "user:1", "none")
			if err != nil || empty.Total != 0 {
				t.Errorf("%+v, %v", empty, err)
			}
			if _, err := tx.JobByKey(t.Context(), "user:2", "k"); !hub.Is(err, hub.NotFound) {
				t.Errorf("an answer that was none: %v", err)
			}
			job, err := tx.JobByKey(t.Context(), "user:1", "k")
			if err != nil || job.Digest != "d" || job.Total != 2 || job.State != hub.JobDone {
				t.Errorf("%+v, %v", job, err)
			}
			results, err := tx.JobResults(t.Context(), job.ID, 0, 0)
			texts := []string{}
			for _, x := range results {
				texts = append(texts, string(x.Result))
			}
			want := []string{`{"username":"ann","status":"created"}`, `{"username":"ben","status":"failed"}`}
			if diff := cmp.Diff(want, texts); diff != "" {
				t.Error(diff)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A job that a version before began is gone on with, and so is one of this version after a way back.
func TestTasksOfVersionsBefore(t *testing.T) {
	t.Parallel()
	onEachEmpty(t, func(t *testing.T, databaseURL string) {
		db := open(t, Options{URL: databaseURL})
		p, err := migrations.NewProvider(t.Context(), db.on.Writer, db.on.Dialect)
		if err != nil {
			t.Fatal(err)
		}
		var job hub.Job
		err = db.Update(t.Context(), func(tx data.Tx) error {
			job, err = tx.CreateJob(t.Context(), hub.Job{Owner: "user:1", Key: "k", Digest: "d", Kind: "join", Total: 3, State: hub.JobRunning}, []byte(`{"rows":3}`))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.DownTo(t.Context(), 21); err != nil {
			t.Fatal(err)
		}
		var task string
		if err := db.on.Writer.QueryRowContext(t.Context(), "SELECT task FROM jobs").Scan(&task); err != nil || task != `{"rows":3}` {
			t.Errorf("the version before has the task %q, %v", task, err)
		}
		if _, err := p.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		err = db.View(t.Context(), func(tx data.Tx) error {
			got, err := tx.JobTask(t.Context(), job.ID)
			if string(got) != `{"rows":3}` {
				t.Errorf("this version has the task %q", got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
