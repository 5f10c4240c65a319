package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// Culling built in, with JupyterLab: a server goes although a page is open that pings and asks as JupyterLab
// does by itself, and one whose kernel computes stays, until it does no more.
func TestCullingBuiltIn(t *testing.T) {
	h := startHub(t, options{Config: jupyterConfig(t) + "cull: {enabled: true, timeout: 20s, cull_every: 1s}\n"})
	admin := h.Admin()
	idle, busy := admin.NewUser("idle"), admin.NewUser("busy")
	busy.StartServer("busy")
	computing := busy.Notebook("busy").StartKernel()
	if _, err := computing.send(t.Context(), "import time\nwhile True: time.sleep(1)"); err != nil {
		t.Fatal(err)
	}
	idle.StartServer("idle")
	resting := idle.Notebook("idle").StartKernel()
	if out := resting.Run("print(6*7)"); out != "42\n" {
		t.Fatalf("the kernel says %q", out)
	}
	open := resting.conn.CloseRead(t.Context())
	eventually(t, "the idle server is stopped", startPatience, func() bool {
		for _, path := range []string{"api/kernels", "api/sessions", "api/terminals", "api/contents?content=1"} {
			_, _ = idle.Notebook("idle").Try(http.MethodGet, path, "")
		}
		_ = resting.conn.Ping(open)
		return !admin.Server("idle").Ready
	})
	if !admin.Server("busy").Ready {
		t.Error("the one that computes is stopped, too")
	}
	page := admin.Do(http.MethodGet, "/hub/api/audit?action=server.stop&target=idle/", nil, http.StatusOK)
	if !strings.Contains(string(page.Body), `"idle"`) {
		t.Errorf("the audit log: %s", page.Body)
	}
	if got, err := busy.Notebook("busy").Try(http.MethodPost, "api/kernels/"+computing.ID+"/interrupt", ""); err != nil || got.Status != http.StatusNoContent {
		t.Fatalf("interrupt: %d %v", got.Status, err)
	}
	eventually(t, "the other is stopped once it rests", startPatience, func() bool { return !admin.Server("busy").Ready })
}
