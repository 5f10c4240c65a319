// Package peoplefile says what a table of people means: which columns it has, whom its rows are about, what they say of
// them, what is wrong with a row, and what nobody can have meant. The command line and the hub read files by it.
package peoplefile

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/sheet"
)

// Row is a person as a file has them, or somebody in a group, or a server of theirs.
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
	Column   string // that Bad is about; empty if it is the whole row
	Odd      Doubts // what nobody can have meant, unless they say so
}

// FullName is the person's name, and the server's unless it is the default one.
func (r Row) FullName() string {
	if r.Server == "" {
		return r.Name
	}
	return r.Name + "/" + r.Server
}

// Sheets says what of a spreadsheet was read. Of CSV it is empty.
type Sheets struct {
	Name   string   // of the sheet
	Others []string // that could have been read instead
	Hidden int      // rows that were read, and that the spreadsheet does not show
}

// SheetsOf says what of a table was read.
func SheetsOf(t *sheet.Table) Sheets {
	name, others := t.Sheet()
	return Sheets{name, others, t.Hidden()}
}

// File is a file of people, read and checked.
type File struct {
	Sheets
	Rows    []Row    // in the file's order, the bad ones too
	Ignored []string // columns that mean nothing here
}

// NoColumnError is that a file lacks a column without which nothing can be done.
type NoColumnError struct {
	Column string
	Sheets
}

// Error is the sentence that the guide has.
func (e *NoColumnError) Error() string { return fmt.Sprintf("File must contain '%s' column", e.Column) }

// The columns of a file of people.
const (
	colUsername = "username"
	colAdmin    = "admin"
	colPassword = "password"
	colGroups   = "groups"
	colQuota    = "quota"
)

// Columns are those that say something. What is wrong in another does not matter.
func Columns() []string { return []string{colUsername, colAdmin, colPassword, colGroups, colQuota} }

// silentColumns are known and say nothing about what is to be done: exports and results have them.
func silentColumns() []string {
	return []string{"created", "last_activity", "password_state", "status", "message", "force_change"}
}

// columns are where a file has what.
type columns struct{ username, admin, password, groups, quota int }

// Parse reads a table of people. Its errors are about the whole of it; what is wrong with a row is in the row.
func Parse(table *sheet.Table) (*File, error) {
	at, ignored, err := findColumns(table)
	if err != nil {
		return nil, err
	}
	f := &File{Sheets: SheetsOf(table), Ignored: ignored, Rows: make([]Row, 0, len(table.Rows)+len(table.Bad))}
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

func findColumns(t *sheet.Table) (at columns, ignored []string, err error) {
	known := silentColumns()
	for _, c := range []struct {
		name string
		into *int
	}{
		{colUsername, &at.username}, {colAdmin, &at.admin}, {colPassword, &at.password}, {colGroups, &at.groups}, {colQuota, &at.quota},
	} {
		if *c.into, _, err = t.Column(c.name); err != nil {
			return at, nil, err //nolint:wrapcheck // it names the file and the line
		}
		known = append(known, c.name)
	}
	if at.username < 0 {
		return at, nil, &NoColumnError{colUsername, SheetsOf(t)}
	}
	for i, name := range t.Header() {
		filled := func(r sheet.Row) bool { return strings.TrimSpace(r.Cells[i]) != "" }
		switch {
		case name == "" && slices.ContainsFunc(t.Rows, filled):
			ignored = append(ignored, fmt.Sprintf("column %d, which has no name", i+1))
		case name != "" && !slices.Contains(known, strings.ToLower(name)):
			ignored = append(ignored, name)
		}
	}
	return at, ignored, nil
}

// Cell is a cell of a row; of a column that is not there, -1, it is empty.
func Cell(r sheet.Row, index int) string {
	if index < 0 {
		return ""
	}
	return r.Cells[index]
}

func (at columns) row(r sheet.Row) Row {
	cell := func(index int) string { return Cell(r, index) }
	row := Row{Line: r.Line, Password: strings.TrimSpace(cell(at.password))}
	// The first error counts. What can be read beside it is read, so that a correction can go on from it.
	failed := func(column string, err error) {
		if err != nil && row.Bad == "" {
			row.Bad, row.Column = err.Error(), column
		}
	}
	var err error
	row.Name, err = Name(cell(at.username))
	failed(colUsername, err)
	row.Admin, err = parseAdmin(cell(at.admin))
	failed(colAdmin, err)
	row.Groups, err = parseGroupNames(cell(at.groups))
	failed(colGroups, err)
	row.Quota, err = parseQuota(cell(at.quota))
	failed(colQuota, err)
	if row.Bad == "" {
		row.Odd = row.doubts(r.Kinds, at)
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
		return nil, fmt.Errorf("admin must be true or false (or yes, no, 1, 0), not %q", hub.Clip(cell))
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
			row.Bad, row.Column = fmt.Sprintf("%s is in line %d already", row.Name, line), colUsername
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
