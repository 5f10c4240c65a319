package e2e_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// cheapPasswords makes hashing quick, where many passwords are set.
const cheapPasswords = "auth: {native: {argon2: {memory_kib: 1024, iterations: 1}}}\n"

// teacher is somebody at the command line of a hub, in a folder of their own.
type teacher struct{ *hubtest.Teacher }

// Teacher works on the hub with the administrator's token.
func (h *hub) Teacher() *teacher {
	h.t.Helper()
	return &teacher{hubtest.NewTeacher(h.t, programs.Atrium, h.URL, adminToken)}
}

// Table reads a CSV file as maps from column to cell.
func (p *teacher) Table(name string) []map[string]string {
	p.T.Helper()
	f, err := os.Open(p.Path(name))
	if err != nil {
		p.T.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		p.T.Fatal(err)
	}
	var table []map[string]string
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, cell := range row {
			cells[rows[0][i]] = cell
		}
		table = append(table, cells)
	}
	return table
}

// numbered is a file of numbered people.
func numbered(prefix string, from, to int) string {
	var b strings.Builder
	b.WriteString("username\n")
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "%s%05d\n", prefix, i)
	}
	return b.String()
}

// Count is how many people the hub has.
func (a *api) Count() int {
	a.t.Helper()
	req, err := http.NewRequest(http.MethodGet, a.base+"/hub/api/users?limit=1", nil)
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "token "+a.token)
	req.Header.Set("Accept", "application/jupyterhub-pagination+json")
	got, err := send(a.http, req)
	if err != nil {
		a.t.Fatal(err)
	}
	var page struct {
		Pagination struct{ Total int } `json:"_pagination"`
	}
	decode(a.t, got.Body, &page)
	return page.Pagination.Total
}

// LogsIn tells whether the password is the person's.
func (h *hub) LogsIn(name, password string) bool {
	h.t.Helper()
	got, err := h.As("").Try(http.MethodPost, "/hub/api/authorizations/token", map[string]string{"username": name, "password": password})
	if err != nil {
		h.t.Fatal(err)
	}
	return got.Status == http.StatusOK || got.Status == http.StatusCreated
}
