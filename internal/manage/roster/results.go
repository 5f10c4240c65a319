package roster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/sheet"
)

// pending begins the status of a row of which no answer is known: the key of its
// request follows.
const pending = "pending "

// keptPassword is what a pending row says whose password is not sent: it is the one
// that an earlier run gave.
const keptPassword = "the password stays as it is"

// saveEvery is how often results are written while a run goes on.
const saveEvery = 3 * time.Second

// Results is a file that keeps what became of every person, with the passwords that
// they were given. Its owner alone can read it. Rows of people that a run does not
// touch stay in it.
type Results struct {
	path   string
	column string             // the third: "admin" or "force_change"
	had    string             // the third in the file that was read
	value  func(*Item) string // what stands in it
	lock   *os.File
	clock  func() time.Time

	rows  []*resultRow
	by    map[string]*resultRow
	saved time.Time
}

type resultRow struct{ name, password, third, status, message string }

// OpenResults opens a results file, or begins one; nothing is written yet. It may not
// be the file that is read, and no other run may be writing it.
func OpenResults(ctx context.Context, path, input string, clock func() time.Time) (*Results, error) {
	if sameFile(path, input) {
		return nil, fmt.Errorf("%s is the file that is read: name another one for the results", path)
	}
	r := &Results{path: path, clock: clock, by: map[string]*resultRow{}}
	lock, err := os.OpenFile(filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write results to %s: %w", path, err)
	}
	err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if err != nil || !isAt(lock, lock.Name()) { // the former holder may have just removed it
		_ = lock.Close()
		return nil, fmt.Errorf("another run is writing %s: wait for its end, or name another file", path)
	}
	r.lock = lock
	if err := r.read(ctx); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// isAt tells whether the name is still the open file's.
func isAt(f *os.File, path string) bool {
	one, err := f.Stat()
	if err != nil {
		return false
	}
	other, err := os.Stat(path)
	return err == nil && os.SameFile(one, other)
}

func sameFile(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	other, err := os.Stat(b)
	return err == nil && os.SameFile(one, other)
}

// Path is where the results are.
func (r *Results) Path() string { return r.path }

// Secrets tells whether a password is in it.
func (r *Results) Secrets() bool {
	for _, row := range r.rows {
		if row.password != "" {
			return true
		}
	}
	return false
}

// Close lets another run at the file.
func (r *Results) Close() {
	if r == nil || r.lock == nil {
		return
	}
	_ = os.Remove(r.lock.Name())
	_ = r.lock.Close()
	r.lock = nil
}

func (r *Results) read(ctx context.Context) error {
	if info, err := os.Stat(r.path); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
		return nil
	}
	table, err := sheet.ReadAll(ctx, r.path, sheet.Options{})
	if err != nil {
		return fmt.Errorf("take up the results of an earlier run: %w", err)
	}
	if len(table.Bad) > 0 {
		return fmt.Errorf("take up the results of an earlier run: %w", table.Bad[0])
	}
	if _, others := table.Sheet(); len(others) > 0 {
		return fmt.Errorf("%s exists and has other sheets, which would be lost: name another file", r.path)
	}
	index, err := r.findColumns(table.Reader)
	if err != nil {
		return err
	}
	for _, row := range table.Rows {
		cell := func(name string) string {
			at, found := index[name]
			if !found {
				return ""
			}
			return row.Cells[at]
		}
		r.put(&resultRow{cell("username"), cell("password"), cell(r.had), cell("status"), cell("message")})
	}
	return nil
}

// findColumns finds where the file has what, and refuses one that would lose a column.
func (r *Results) findColumns(t *sheet.Reader) (map[string]int, error) {
	index := map[string]int{}
	for _, name := range []string{"username", "password", "force_change", "admin", "status", "message"} {
		at, found, err := t.Column(name)
		if err != nil {
			return nil, fmt.Errorf("take up the results of an earlier run: %w", err)
		}
		if !found {
			continue
		}
		index[name] = at
		if name == "admin" || name == "force_change" {
			r.had = name
		}
	}
	if _, found := index["username"]; !found {
		return nil, fmt.Errorf("%s exists and holds no results: name another file", r.path)
	}
	for _, name := range t.Header() {
		if _, known := index[strings.ToLower(strings.TrimSpace(name))]; !known && name != "" {
			return nil, fmt.Errorf("%s exists and is no file of results, whose column %q would be lost: name another file", r.path, hub.Clip(name))
		}
	}
	return index, nil
}

func (r *Results) put(row *resultRow) {
	if r.by[row.name] == nil {
		r.rows = append(r.rows, row)
		r.by[row.name] = row
		return
	}
	*r.by[row.name] = *row
}

// unfinished tells whether an earlier run did not come to its end.
func (r *Results) unfinished() bool {
	if r == nil {
		return false
	}
	for _, row := range r.rows {
		if strings.HasPrefix(row.status, pending) {
			return true
		}
	}
	return false
}

// former is what an earlier run wrote of a person.
func (r *Results) former(name string) (row resultRow, found bool) {
	if r == nil || r.by[name] == nil {
		return row, false
	}
	return *r.by[name], true
}

func done(status string) bool {
	return status == client.StatusCreated || status == client.StatusChanged
}

// takeUp gives the items that an earlier run sent, or was about to, their passwords
// and keys again. Only a request that is whole can be sent again under its key. The
// others are told which passwords the file has for them.
func (r *Results) takeUp(items []*Item) {
	if r == nil {
		return
	}
	here := map[string]*Item{}
	for _, x := range items {
		if x.Bad == "" {
			here[x.Name] = x
		}
	}
	broken := map[string]bool{}
	for _, row := range r.rows {
		if key, was := strings.CutPrefix(row.status, pending); was && here[row.name] == nil {
			broken[key] = true
		}
	}
	for _, row := range r.rows {
		x := here[row.name]
		key, was := strings.CutPrefix(row.status, pending)
		switch {
		case x == nil:
			continue
		case !was:
			x.kept = row.password
			continue
		case row.message == keptPassword:
			x.again, x.kept, x.Password = true, row.password, ""
		default:
			x.again, x.Password = true, row.password
		}
		if !broken[key] {
			x.key, x.send = key, true
		}
	}
}

// begin writes down who is to be sent, under which key and with which password,
// before anything is sent.
func (r *Results) begin(items []*Item) error {
	if r == nil {
		return nil
	}
	for _, x := range items { // first, so that the good row of a name has the last word
		if x.Bad != "" && x.Name != "" {
			r.settle(x)
		}
	}
	for _, x := range items {
		if x.Bad != "" {
			continue
		}
		if x.send {
			row := &resultRow{x.Name, x.Password, r.value(x), pending + x.key, ""}
			if x.Password == "" && x.kept != "" {
				row.password, row.message = x.kept, keptPassword
			}
			r.put(row)
			continue
		}
		r.settle(x)
	}
	return r.save()
}

// note takes down what became of rows, and now and then writes it.
func (r *Results) note(items []*Item) error {
	if r == nil {
		return nil
	}
	for _, x := range items {
		r.settle(x)
	}
	if r.clock().Sub(r.saved) < saveEvery {
		return nil
	}
	return r.save()
}

// settle writes down what is final. Who was given a password by an earlier run keeps
// their row, or at least the password; who existed otherwise, or got nothing, has none
// there.
func (r *Results) settle(x *Item) {
	former, _ := r.former(x.Name)
	waiting := strings.HasPrefix(former.status, pending)
	switch {
	case waiting && x.Bad != "": // nobody knows yet what the password is worth
		return
	case !done(x.Status) && (done(former.status) || !waiting && !x.Refused() && former.password != ""):
		return
	}
	password := x.Password
	if x.Refused() || !done(x.Status) && !x.again {
		password = ""
	}
	password = cmp.Or(password, x.kept)
	r.put(&resultRow{x.Name, password, r.value(x), x.Status, x.Message})
}

// keep says what stands in the third column.
func (r *Results) keep(column string, value func(*Item) string) {
	if r == nil {
		return
	}
	r.column, r.value = column, value
	if r.had == column {
		return
	}
	for _, row := range r.rows { // what another kind of run said there is about something else
		row.third = ""
	}
}

// save writes the file whole or not at all; it has reached the disk then.
func (r *Results) save() error {
	if r == nil {
		return nil
	}
	w, err := sheet.Create(r.path, sheet.CreateOptions{Private: true})
	if err != nil {
		return fmt.Errorf("write results to %s: %w", r.path, err)
	}
	defer w.Abort()
	err = w.Write("username", "password", r.column, "status", "message")
	for _, row := range r.rows {
		if err == nil {
			err = w.Write(row.name, row.password, row.third, row.status, row.message)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return fmt.Errorf("write results to %s: %w", r.path, err)
	}
	r.saved = r.clock()
	return nil
}
