package e2e_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// process is a process of this machine that belongs to a hub's data directory.
type process struct {
	pid     int
	user    string // JUPYTERHUB_USER
	program string
}

// Processes are all that run with a home below the hub's data directory: notebook
// servers, their kernels, and whatever those have started. The hub isn't among them.
func (h *hub) Processes() []process {
	var found []process
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		environ, err := os.ReadFile(filepath.Join("/proc", e.Name(), "environ"))
		if err != nil { // gone, or somebody else's
			continue
		}
		vars := bytes.Split(environ, []byte{0})
		if !slices.ContainsFunc(vars, func(v []byte) bool { return bytes.HasPrefix(v, []byte("HOME="+h.DataDir+"/homes/")) }) {
			continue
		}
		program, _ := os.Readlink(filepath.Join("/proc", e.Name(), "exe"))
		p := process{pid: pid, program: program}
		for _, v := range vars {
			if name, ok := bytes.CutPrefix(v, []byte("JUPYTERHUB_USER=")); ok {
				p.user = string(name)
			}
		}
		found = append(found, p)
	}
	return found
}

// Notebooks are the process ids of the small program that run for somebody.
func (h *hub) Notebooks(user string) []int {
	var pids []int
	for _, p := range h.Processes() {
		if p.user == user && strings.HasPrefix(p.program, programs.Notebook) {
			pids = append(pids, p.pid)
		}
	}
	return pids
}
