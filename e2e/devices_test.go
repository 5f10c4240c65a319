package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// devicesOf are the devices that somebody's notebook server was told of, by its own environment.
func devicesOf(t *testing.T, h *hub) map[string]string {
	t.Helper()
	by := map[string]string{}
	for _, p := range h.Processes() {
		if p.user == "" || !strings.HasPrefix(p.program, programs.Notebook) {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.pid), "environ"))
		if err != nil {
			continue // it has just ended
		}
		for v := range bytes.SplitSeq(environ, []byte{0}) {
			if id, ok := bytes.CutPrefix(v, []byte("CUDA_VISIBLE_DEVICES=")); ok {
				if other := by[string(id)]; other != "" && other != p.user {
					t.Fatalf("%s and %s both have %s", other, p.user, id)
				}
				by[string(id)] = p.user
			}
		}
	}
	return by
}

// Four devices, ten starts, and a hub that is killed while they go on: never two servers on one device, none lost, and the queue
// in the order of asking.
func TestDevicesOutliveTheHub(t *testing.T) {
	t.Parallel()
	h := startHub(t, options{Config: strings.Replace(trivialConfig("--delay", "60ms"), "slow_start_wait: 30s", "slow_start_wait: 0s", 1) + "    devices: {gpu: [GPU-a, GPU-b, GPU-c, GPU-d]}\n" + `
profiles:
  - slug: card
    devices: {gpu: 1}
  - slug: none
`})
	admin := h.Admin()
	const people = 10
	names := make([]string, people)
	for i := range names {
		names[i] = fmt.Sprintf("student%02d", people-i) // not in the order of their names
	}
	admin.Do(http.MethodPost, "/hub/api/users", map[string]any{"usernames": append([]string{"other"}, names...)}, http.StatusCreated)
	type shown struct {
		server
		QueuePlace int            `json:"queue_place"`
		WaitsFor   map[string]int `json:"waits_for"`
		Devices    []struct{ Kind, ID string }
	}
	look := func(name string) (s shown) {
		var u struct{ Servers map[string]shown }
		admin.Get("/hub/api/users/"+name, &u)
		return u.Servers[""]
	}
	for i, name := range names {
		admin.Do(http.MethodPost, "/hub/api/users/"+name+"/server", map[string]any{"profile": "card"}, http.StatusAccepted, http.StatusCreated)
		if i%3 == 1 { // in the middle of starts
			h.Kill()
			h.Start()
		}
	}
	for at := range people {
		running := names[at:min(at+4, people)]
		for _, name := range running {
			eventually(t, name+" is ready", startPatience, func() bool { devicesOf(t, h); return look(name).Ready })
			if s := look(name); len(s.Devices) != 1 || devicesOf(t, h)[s.Devices[0].ID] != name {
				t.Fatalf("%s: the hub says %+v, the processes %v", name, s.Devices, devicesOf(t, h))
			}
		}
		for i, name := range names[min(at+4, people):] {
			eventually(t, fmt.Sprintf("%s waits at place %d", name, i+1), startPatience, func() bool {
				s := look(name)
				return s.Phase == "queued" && s.QueuePlace == i+1 && s.WaitsFor["gpu"] == 1 && len(h.Notebooks(name)) == 0
			})
		}
		switch at {
		case 0: // who wants none does not wait
			admin.Do(http.MethodPost, "/hub/api/users/other/server", map[string]any{"profile": "none"}, http.StatusAccepted, http.StatusCreated)
			admin.WaitReady("other")
			if devices := devicesOf(t, h); devices["-1"] != "other" || len(devices) != 5 {
				t.Fatalf("%v", devices)
			}
			admin.StopServer("other")
		case 2, 5:
			h.Kill()
			h.Start()
		}
		admin.StopServer(names[at])
	}
	eventually(t, "nothing of them lives", startPatience, func() bool { return len(h.Processes()) == 0 })
}
