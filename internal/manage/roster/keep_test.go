package roster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/client"
)

const resultsHeader = "username,password,admin,status,message\n"

func writeResults(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// create makes the rows' people, and gives what the results have then.
func create(t *testing.T, h Hub, path string, rows []Row, o CreateOptions) []string {
	t.Helper()
	o.Results = openResults(t, path)
	defer o.Results.Close()
	j, err := PlanCreate(t.Context(), h, rows, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Run(t.Context(), new(seen)); err != nil {
		t.Fatal(err)
	}
	return readResults(t, path)
}

// Passwords are made for those who are new: an update takes nobody's away.
func TestUpdateLeavesPasswords(t *testing.T) {
	f, h := newFakeHub(t)
	f.people["old"], f.people["former"] = "her own word", "chosen since"
	path := writeResults(t, resultsHeader+"former,pw-1,false,created,\n")
	rows := rowsNamed("old", "former", "new")
	for run := range 2 {
		got := create(t, h, path, rows, CreateOptions{Update: true, Generate: true})
		if f.people["old"] != "her own word" || f.people["former"] != "chosen since" || f.people["new"] == "" {
			t.Fatalf("run %d: the hub has %v", run, f.people)
		}
		expect(t, "results", got, []string{
			"former,pw-1,false,changed,", "old,,false,changed,", "new," + f.people["new"] + ",false," + map[int]string{0: "created,", 1: "changed,"}[run],
		})
	}
}

// What an update was cut off at goes on without giving anybody who exists a password.
func TestUpdateIsTakenUp(t *testing.T) {
	f, h := newFakeHub(t)
	f.people["old"] = "her own word"
	path := filepath.Join(t.TempDir(), "out.csv")
	f.before = func(int) bool { return false }
	o := CreateOptions{Update: true, Generate: true, Results: openResults(t, path)}
	j, err := PlanCreate(t.Context(), h, rowsNamed("old", "new"), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Run(t.Context(), new(seen)); err == nil {
		t.Fatal("the run was not cut off")
	}
	o.Results.Close()
	made := strings.Split(readResults(t, path)[1], ",")[1]
	f.before = nil
	create(t, h, path, rowsNamed("old", "new"), CreateOptions{Update: true, Generate: true})
	if made == "" || f.people["new"] != made || f.people["old"] != "her own word" {
		t.Errorf("the hub has %v, the results had %q", f.people, made)
	}
}

// A password that was written down stays so until another one takes its place.
func TestResultsKeepPasswords(t *testing.T) {
	bad := rowsNamed("a", "b")
	bad[0].Bad = "admin must be true or false"
	for _, c := range []struct {
		name, former string
		rows         []Row
		o            CreateOptions
		want         string
	}{
		{"an update that gives none", "a,pw-a,false,created,\n", rowsNamed("a"), CreateOptions{Update: true}, "a,pw-a,false,changed,"},
		{"one that may be right", "a,pw-a,false,exists,made by an earlier run?\n", rowsNamed("a"), CreateOptions{Generate: true}, "a,pw-a,false,exists,made by an earlier run?"},
		{"one of the old script", "a,pw-a,false,,\n", rowsNamed("a"), CreateOptions{Generate: true}, "a,pw-a,false,,"},
		{"a row that went bad while its answer was out", "a,pw-a,false,pending K,\n", bad, CreateOptions{Generate: true}, "a,pw-a,false,pending K,"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, h := newFakeHub(t)
			f.people["a"] = "pw-a"
			path := writeResults(t, resultsHeader+c.former)
			for range 2 {
				if got := create(t, h, path, c.rows, c.o); got[0] != c.want {
					t.Errorf("%s, want %s", got[0], c.want)
				}
			}
		})
	}
}

// … also where an update was cut off, or refused.
func TestRefusedUpdateKeepsThePassword(t *testing.T) {
	f, h := newFakeHub(t)
	f.people["a"] = "pw-a"
	path := writeResults(t, resultsHeader+"a,pw-a,false,created,\n")
	rows := rowsNamed("a")
	rows[0].Groups = []string{"lab"}
	f.before = func(int) bool { return false }
	results := openResults(t, path)
	j, err := PlanCreate(t.Context(), h, rows, CreateOptions{Update: true, Results: results})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Run(t.Context(), new(seen)); err == nil {
		t.Fatal("the run was not cut off")
	}
	results.Close()
	if row := readResults(t, path)[0]; !strings.HasPrefix(row, "a,pw-a,false,pending ") {
		t.Errorf("cut off: %s", row)
	}
	f.before = nil
	if row := create(t, h, path, rows, CreateOptions{Update: true})[0]; row != "a,pw-a,false,changed," {
		t.Errorf("taken up: %s", row)
	}
}

// Results do not go over a file that holds more than they would keep.
func TestResultsSpareOtherFiles(t *testing.T) {
	const text = "username,email\na,a@example.org\n"
	path := writeResults(t, text)
	if _, err := OpenResults(t.Context(), path, "input.csv", nil); err == nil || !strings.Contains(err.Error(), "email") {
		t.Errorf("a list of addresses: %v", err)
	}
	if left, _ := os.ReadFile(path); string(left) != text {
		t.Errorf("the file is now %s", left)
	}
}

// Results of another kind say nothing in a column that they never had.
func TestResultsOfAnotherKind(t *testing.T) {
	_, h := newFakeHub(t)
	path := writeResults(t, "username,password,force_change,status,message\nz,pw-z,true,changed,\n")
	got := create(t, h, path, rowsNamed("a"), CreateOptions{Default: "Welcome123", Generate: true})
	expect(t, "results", got, []string{"z,pw-z,,changed,", "a,Welcome123,false,created,"})
}

// Where nothing can be written down, nothing is sent, and nothing is said to be done.
func TestNothingWithoutResults(t *testing.T) {
	f, h := newFakeHub(t)
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	results := openResults(t, filepath.Join(dir, "out.csv"))
	j, err := PlanCreate(t.Context(), h, rowsNamed("a", "b"), CreateOptions{Generate: true, Results: results})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	err = j.Run(t.Context(), new(seen))
	if _, stopped := errors.AsType[*StoppedError](err); err == nil || stopped || f.requests > 0 {
		t.Errorf("%v after %d requests", err, f.requests)
	}
	if counts := j.Counts(); counts[client.StatusCreated] > 0 || counts[StatusUnsent] != 2 {
		t.Errorf("the rows are %v", counts)
	}
}
