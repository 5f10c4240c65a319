package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// A profile in a real JupyterLab: its variables, the page that it opens with, and its limit.
func TestJupyterLabOfAProfile(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: jupyterConfig(t) + `    limits: {means: rlimit}
    devices: {gpu: [GPU-a, GPU-b]}
profiles:
  - slug: plain
  - slug: lab
    environment: {COURSE: cs101}
    default_url: /lab/tree/notes
    mem_limit: 1G
    devices: {gpu: 1}
`})
	ann := h.Admin().NewUser("ann")
	ann.Do(http.MethodPost, "/hub/api/users/ann/server", map[string]any{"profile": "lab"}, http.StatusCreated, http.StatusAccepted)
	ann.WaitReady("ann")
	kernel := ann.Notebook("ann").StartKernel()
	const look = "import os\nprint(os.environ['COURSE'], os.environ['MEM_LIMIT'], os.environ['CUDA_VISIBLE_DEVICES'], end='')"
	if got := kernel.Run(look); got != "cs101 1073741824 GPU-a" {
		t.Errorf("its kernel finds %q", got)
	}
	if got := kernel.Run("try: bytearray(3 << 30); print('got it', end='')\nexcept MemoryError: print('refused', end='')"); got != "refused" {
		t.Errorf("more memory than it may: %s", got)
	}
	got, err := ann.Try(http.MethodGet, "/user/ann/", nil)
	if err != nil || !strings.Contains(got.Header.Get("Location")+string(got.Body), "/user/ann/lab/tree/notes") {
		t.Errorf("it opens with %+v: %v", got, err)
	}
	ann.StopServer("ann")
}
