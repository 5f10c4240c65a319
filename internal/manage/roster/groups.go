package roster

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/peoplefile"
	"github.com/atriumhub/atrium/internal/sheet"
)

// memberRows is how many people go into a group, or out of it, in one request.
const memberRows = 500

// GroupFile is a file of groups and who is in them, as an export writes it.
type GroupFile struct {
	peoplefile.Sheets
	Groups []GroupRow // each once, in the file's order
	Rows   []Row      // who is in which; the bad ones too
}

// GroupRow is a group as a file has it.
type GroupRow struct {
	Name       string
	Properties map[string]any // nil: the file does not say
	Odd        string         // what nobody can have meant by the name, unless they say so
}

// NewGroup is a group whose name somebody gave.
func NewGroup(name string) GroupRow { return GroupRow{Name: name, Odd: peoplefile.Odd(name)} }

// LoadGroups reads a file with the columns group, username and properties. A row
// without a username is a group that may have nobody in it.
func LoadGroups(ctx context.Context, from Source) (*GroupFile, error) {
	table, err := from.read(ctx, "group", "username", "properties")
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the file and the line
	}
	var at [3]int
	for i, name := range []string{"group", "username", "properties"} {
		if at[i], _, err = table.Column(name); err != nil {
			return nil, err //nolint:wrapcheck // it names the file and the line
		}
	}
	if at[0] < 0 {
		return nil, &peoplefile.NoColumnError{Column: "group", Sheets: peoplefile.SheetsOf(table)}
	}
	f := &GroupFile{Sheets: peoplefile.SheetsOf(table)}
	known, pairs := map[string]int{}, map[[2]string]int{}
	for _, r := range table.Rows {
		f.add(r, at, known, pairs)
	}
	for _, bad := range table.Bad {
		f.Rows = append(f.Rows, Row{Line: bad.Line, Bad: bad.Reason})
	}
	slices.SortStableFunc(f.Rows, func(a, b Row) int { return a.Line - b.Line })
	return f, nil
}

func (f *GroupFile) add(r sheet.Row, at [3]int, known map[string]int, pairs map[[2]string]int) {
	cell := func(index int) string { return peoplefile.Cell(r, index) }
	row := Row{Line: r.Line, Group: cell(at[0])}
	bad := func(err error) {
		row.Group, row.Bad = hub.Clip(row.Group), err.Error()
		f.Rows = append(f.Rows, row)
	}
	if _, err := hub.GroupName(row.Group); err != nil {
		bad(err)
		return
	}
	properties, err := parseProperties(cell(at[2]))
	if err != nil {
		bad(err)
		return
	}
	index, here := known[row.Group]
	if !here {
		index = len(f.Groups)
		known[row.Group], f.Groups = index, append(f.Groups, GroupRow{Name: row.Group})
	}
	if properties != nil {
		f.Groups[index].Properties = properties
	}
	if f.Groups[index].Odd == "" {
		f.Groups[index].Odd = cmp.Or(peoplefile.MadeOf(r.Kinds[at[0]]), peoplefile.Odd(row.Group))
	}
	name := cell(at[1])
	if strings.TrimSpace(name) == "" {
		return
	}
	if row.Name, err = peoplefile.Name(name); err != nil {
		bad(err)
		return
	}
	pair := [2]string{row.Group, row.Name}
	if line := pairs[pair]; line > 0 {
		bad(fmt.Errorf("%s is in %s by line %d already", row.Name, row.Group, line))
		return
	}
	pairs[pair] = r.Line
	f.Rows = append(f.Rows, row)
}

func parseProperties(cell string) (map[string]any, error) {
	if strings.TrimSpace(cell) == "" {
		return nil, nil //nolint:nilnil // the row does not say
	}
	var properties map[string]any
	if err := json.Unmarshal([]byte(cell), &properties); err != nil || properties == nil {
		return nil, fmt.Errorf("properties must be a JSON object, not %q", hub.Clip(cell))
	}
	return properties, nil
}

// InGroup puts rows of people into a group; a name that is twice there is one row.
func InGroup(group string, rows []Row) []Row {
	out := make([]Row, len(rows))
	for i, row := range rows {
		row.Group = group
		out[i] = row
	}
	return out
}

// PlanGroups makes groups, with the properties they have; one that exists is
// left as it is. Odd names are bad ones, unless they are allowed.
func PlanGroups(h Hub, groups []GroupRow, allowOdd bool, pace Pace) *Job {
	rows := make([]Row, len(groups))
	for i, g := range groups {
		rows[i] = Row{Group: g.Name, Odd: peoplefile.Doubts{Groups: g.Odd}}
		if _, err := hub.GroupName(g.Name); err != nil {
			rows[i].Group, rows[i].Bad = hub.Clip(g.Name), err.Error()
		} else if g.Odd != "" && !allowOdd {
			rows[i].Group, rows[i].Bad = hub.Clip(g.Name), g.Odd+": --allow-odd-names takes it as it is"
		}
	}
	pace = pace.or(1, batchWorkers)
	j := &Job{Items: itemsOf(rows), batch: 1, workers: pace.Workers}
	properties := map[*Item]map[string]any{}
	for i, x := range j.Items {
		properties[x] = groups[i].Properties //nolint:gosec // an item each
		x.intend(client.StatusCreated)
	}
	j.send = func(ctx context.Context, _ attempt, batch []*Item) error {
		x := batch[0]
		_, err := h.Client.CreateGroup(ctx, x.Group)
		if client.IsConflict(err) {
			x.Status = client.StatusExists
			return nil
		}
		if err == nil && len(properties[x]) > 0 {
			if _, err := h.Client.SetGroupProperties(ctx, x.Group, properties[x]); err != nil { // a further run finds the group, and lets it be
				x.Status, x.Message = client.StatusFailed, "the group was made, but its properties were not set: "+err.Error()
				return nil //nolint:nilerr // as just noted
			}
		}
		return x.one(err, client.StatusCreated)
	}
	return j
}

// PlanDeleteGroups deletes groups.
func PlanDeleteGroups(h Hub, names []string, pace Pace) *Job {
	var rows []Row
	for _, name := range names {
		if !slices.ContainsFunc(rows, func(r Row) bool { return r.Group == name }) {
			rows = append(rows, Row{Group: name})
		}
	}
	pace = pace.or(1, batchWorkers)
	j := &Job{Items: itemsOf(rows), batch: 1, workers: pace.Workers}
	for _, x := range j.Items {
		x.intend(client.StatusDeleted)
	}
	j.send = func(ctx context.Context, _ attempt, batch []*Item) error {
		x := batch[0]
		return x.one(h.Client.DeleteGroup(ctx, x.Group), client.StatusDeleted)
	}
	return j
}

// PlanMembers puts people into their rows' groups, or takes them out. It asks for
// the groups first: who is there already, or not there, is unchanged. A group
// that does not exist fails its rows.
func PlanMembers(ctx context.Context, h Hub, rows []Row, join bool, pace Pace) (*Job, error) {
	pace = pace.or(memberRows, batchWorkers)
	j := &Job{Items: itemsOf(rows), batch: pace.Batch, workers: pace.Workers}
	j.group = func(x *Item) string { return x.Group }
	members := map[string]map[string]bool{} // nil where there is no such group
	for _, x := range j.Items {
		if x.Bad != "" {
			continue
		}
		in, asked := members[x.Group]
		if !asked {
			g, err := h.Client.Group(ctx, x.Group)
			if err != nil && !client.IsNotFound(err) {
				return nil, err
			}
			if err == nil {
				in = make(map[string]bool, len(g.Users))
				for _, name := range g.Users {
					in[name] = true
				}
			}
			members[x.Group] = in
		}
		switch {
		case in == nil:
			x.fail("there is no group %s", x.Group)
		case in[x.Name] == join:
			x.Status = client.StatusUnchanged
		default:
			x.intend(client.StatusChanged)
		}
	}
	change := h.Client.RemoveGroupUsers
	if join {
		change = h.Client.AddGroupUsers
	}
	j.send = func(ctx context.Context, _ attempt, batch []*Item) error {
		return changeMembers(ctx, change, batch, client.StatusChanged)
	}
	return j, nil
}

// changeMembers changes a group by a batch. The hub refuses a batch in which one
// person does not exist: then it is halved until that one stands alone.
func changeMembers(ctx context.Context, change membersCall, batch []*Item, status string) error {
	_, err := change(ctx, batch[0].Group, namesOf(batch)...)
	if err != nil && errors.Is(err, client.ErrInvalid) && len(batch) > 1 {
		half := len(batch) / 2
		if err := changeMembers(ctx, change, batch[:half], status); err != nil {
			return err
		}
		return changeMembers(ctx, change, batch[half:], status)
	}
	for _, x := range batch {
		x.Status = status
	}
	return failAll(batch, err)
}

// Checked is a job of rows that are not sent anywhere: to tell which are bad.
func Checked(rows []Row) *Job { return &Job{Items: itemsOf(rows)} }

// Before puts the rows of a job that has run before this one's, for counts and reports.
func (j *Job) Before(former *Job) { j.Items = slices.Concat(former.Items, j.Items) }
