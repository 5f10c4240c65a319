package people

import (
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

// rowNames normalises the names of the rows; a bad or repeated one fails its row. It
// gives the names that are good.
func rowNames(results []bulk.Result) []string {
	names := make([]string, 0, len(results))
	seen := make(map[string]bool, len(results))
	for i := range results {
		x := &results[i]
		name, err := hub.UserName(x.Username)
		switch {
		case err != nil:
			x.Username = servers.ShownName(x.Username)
			x.Status, x.Message = bulk.Failed, err.Error()
		case seen[name]:
			x.Username, x.Status, x.Message = name, bulk.Failed, name+" is named twice in this request"
		default:
			x.Username, seen[name] = name, true
			names = append(names, name)
		}
	}
	return names
}

// undone are the names of the rows that nothing is known of yet.
func undone(checked []bulk.Result, rows []int) []string {
	names := make([]string, 0, len(rows))
	for _, i := range rows {
		if checked[i].Status == "" {
			names = append(names, checked[i].Username)
		}
	}
	return names
}

// allRows are the places of n rows.
func allRows(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}
