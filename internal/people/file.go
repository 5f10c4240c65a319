package people

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/sheet"
)

// ErrNoUsername is that a file has no column for the names.
var ErrNoUsername = errors.New("File must contain 'username' column")

// Row is a person as a file has them.
type Row struct {
	Line     int    // in the file, from 1; 0 for a name from the command line
	Name     string // normalised; as it was given where Bad says why not
	Admin    *bool  // nil: the row does not say
	Password string
	Groups   []string // nil: the row does not say
	Quota    *int
	Group    string // of work on groups: the one that is meant
	Server   string // of work on servers: the named server; empty is the default one
	Bad      string // why nothing can be done with the row; empty if it is good
}

// File is a file of people, read and checked.
type File struct {
	Rows    []Row    // in the file's order, the bad ones too
	Ignored []string // columns that mean nothing here
}

// silentColumns are known and say nothing about what is to be done: exports and results have them.
func silentColumns() []string {
	return []string{"created", "last_activity", "status", "message", "force_change"}
}

// columns are where a file has what.
type columns struct{ username, admin, password, groups, quota int }

// Load reads a file of people: CSV or Excel by its name, "-" is CSV from stdin. Its
// errors are about the whole file; what is wrong with a row is in the row.
func Load(ctx context.Context, path string, stdin io.Reader) (*File, error) {
	table, err := sheet.ReadAll(ctx, path, sheet.Options{Stdin: stdin})
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file and the line
	}
	at, ignored, err := findColumns(table.Reader)
	if err != nil {
		return nil, err
	}
	f := &File{Ignored: ignored, Rows: make([]Row, 0, len(table.Rows)+len(table.Bad))}
	for _, r := range table.Rows {
		f.Rows = append(f.Rows, at.row(r))
	}
	for _, bad := range table.Bad {
		f.Rows = append(f.Rows, Row{Line: bad.Line, Bad: bad.Reason})
	}
	slices.SortStableFunc(f.Rows, func(a, b Row) int { return a.Line - b.Line })
	f.findDuplicates()
	return f, nil
}

func findColumns(t *sheet.Reader) (at columns, ignored []string, err error) {
	known := silentColumns()
	for _, c := range []struct {
		name string
		into *int
	}{
		{"username", &at.username}, {"admin", &at.admin}, {"password", &at.password}, {"groups", &at.groups}, {"quota", &at.quota},
	} {
		if *c.into, _, err = t.Column(c.name); err != nil {
			return at, nil, err //nolint:wrapcheck // it names the file and the line
		}
		known = append(known, c.name)
	}
	if at.username < 0 {
		return at, nil, ErrNoUsername
	}
	for _, name := range t.Header() {
		if name != "" && !slices.Contains(known, strings.ToLower(name)) {
			ignored = append(ignored, name)
		}
	}
	return at, ignored, nil
}

// cellOf is a cell of a row; of a column that is not there, -1, it is empty.
func cellOf(r sheet.Row, index int) string {
	if index < 0 {
		return ""
	}
	return r.Cells[index]
}

func (at columns) row(r sheet.Row) Row {
	cell := func(index int) string { return cellOf(r, index) }
	row := Row{Line: r.Line, Password: strings.TrimSpace(cell(at.password))}
	name, err := Name(cell(at.username))
	row.Name = name
	if err == nil {
		row.Admin, err = parseAdmin(cell(at.admin))
	}
	if err == nil {
		row.Groups, err = parseGroupNames(cell(at.groups))
	}
	if err == nil {
		row.Quota, err = parseQuota(cell(at.quota))
	}
	if err != nil {
		row.Bad = err.Error()
	}
	return row
}

// Name normalises a person's name. With an error, it is as it was given, fit to print.
func Name(given string) (string, error) {
	if strings.TrimSpace(given) == "" {
		return "", errors.New("the username is empty")
	}
	name, err := hub.UserName(given)
	if err != nil {
		return hub.Clip(given), err //nolint:wrapcheck // a sentence for people
	}
	return name, nil
}

func parseAdmin(cell string) (*bool, error) {
	var admin bool
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "":
		return nil, nil //nolint:nilnil // the row does not say
	case "true", "1", "1.0", "yes", "y", "t", "on":
		admin = true
	case "false", "0", "0.0", "no", "n", "f", "off":
	default:
		return nil, fmt.Errorf("admin must be true or false, not %q", hub.Clip(cell))
	}
	return &admin, nil
}

func parseGroupNames(cell string) ([]string, error) {
	names, err := ParseGroups(cell)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, err := hub.GroupName(name); err != nil {
			return nil, err //nolint:wrapcheck // a sentence for people
		}
	}
	return names, nil
}

func parseQuota(cell string) (*int, error) {
	cell = strings.TrimSpace(cell)
	if cell == "" {
		return nil, nil //nolint:nilnil // the row does not say
	}
	quota, err := strconv.Atoi(strings.TrimSuffix(cell, ".0"))
	if err != nil {
		return nil, fmt.Errorf("quota must be a whole number, not %q", hub.Clip(cell))
	}
	return &quota, nil
}

// findDuplicates makes the second row of a name a bad one.
func (f *File) findDuplicates() {
	first := make(map[string]int, len(f.Rows))
	for i := range f.Rows {
		row := &f.Rows[i]
		if row.Bad != "" {
			continue
		}
		if line, taken := first[row.Name]; taken {
			row.Bad = fmt.Sprintf("%s is in line %d already", row.Name, line)
			continue
		}
		first[row.Name] = row.Line
	}
}

// Named are rows for names from the command line; a name twice is there once.
func Named(names []string) []Row {
	rows := make([]Row, 0, len(names))
	seen := map[string]bool{}
	for _, given := range names {
		name, err := Name(given)
		row := Row{Name: name}
		if err != nil {
			row.Bad = err.Error()
		} else if seen[name] {
			continue
		}
		seen[name] = true
		rows = append(rows, row)
	}
	return rows
}
