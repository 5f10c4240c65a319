package users

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/manage/jobs"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/peoplefile"
)

// Where the results cannot be written, nothing was done, and nothing else is said.
func TestUnwrittenResults(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hub/api/" {
			fmt.Fprint(w, `{"version":"6.1.1","atrium":"test"}`)
			return
		}
		fmt.Fprint(w, `{"results":[{"username":"a","status":"created"}]}`)
	}))
	t.Cleanup(server.Close)
	at, err := client.New(client.Options{URL: server.URL, Token: "a-token-of-tests"})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	results, err := roster.OpenResults(t.Context(), filepath.Join(dir, "out.csv"), "in.csv", hub.SystemClock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(results.Close)
	j, err := roster.PlanCreate(t.Context(), roster.Hub{Client: at, Atrium: true}, peoplefile.Named([]string{"a"}), roster.CreateOptions{Generate: true, Results: results})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	var out, talk bytes.Buffer
	c := commands{jobs.NewRunner(&command.Env{Out: &out, Err: &talk}, "")}
	c.Ctx = t.Context()
	if err := c.Run(j, createTold(false), results); err == nil || err.Error() != "exit status 1" {
		t.Errorf("it ends with %v", err)
	}
	if said := talk.String(); strings.Contains(said, "Saved") || !strings.Contains(said, "Created: 0") || !strings.Contains(said, "Error: ") {
		t.Errorf("it says %s", said)
	}
}
