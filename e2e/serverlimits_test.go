package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Somebody in JupyterLab asks for more memory, processes, files and room in a file than they may:
// each is an error in their notebook, which goes on, in terminals too, and after the hub was killed
// and started again.
func TestNotebookThatTakesMoreThanItMay(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("processes can be counted where each person has a user id of their own")
	}
	h := startHub(t, options{Config: jupyterConfig(t) +
		"    limits: {memory: 1G, cpu: 2, processes: 150, open_files: 600, file_size: 100M, means: rlimit}\n"})
	for _, line := range []string{"memory 1 GiB for each process; 150 processes and threads", "spawner.local.limits.cpu: nothing holds it"} {
		if !strings.Contains(h.Output.String(), line) {
			t.Errorf("the hub does not say %q:\n%s", line, h.Output)
		}
	}
	ann := h.Admin().NewUser("ann")
	ann.StartServer("ann")
	ann.WaitReady("ann")
	log, err := os.ReadFile(filepath.Join(h.DataDir, "servers", "1.log"))
	if err != nil || !strings.HasPrefix(string(log), "Limits of this server: memory 1 GiB for each process; 150 processes") {
		t.Errorf("its log says nothing of limits: %v\n%s", err, shorten(log))
	}
	kernel := ann.Notebook("ann").StartKernel()
	kernel.Run("import os, resource, subprocess, sys, threading\n")
	for what, code := range map[string]string{
		"memory": "try: bytearray(3 << 30); print('got it')\nexcept MemoryError: print('refused')",
		"processes": "left = []\ntry:\n  for i in range(300): left.append(subprocess.Popen(['sleep', '1000']))\n  print('got', len(left))\n" +
			"except BlockingIOError: print('refused')\nfor p in left: p.kill()\nfor p in left: p.wait()",
		"open files":  "left = []\ntry:\n  for i in range(1000): left.append(open('/dev/null'))\n  print('got', len(left))\nexcept OSError as e: print('refused' if e.errno == 24 else e)\nleft = []",
		"a file":      "try:\n  with open('big', 'wb') as f: f.write(bytes(150 << 20))\n  print('got it')\nexcept OSError as e: print('refused' if e.errno == 27 else e)",
		"a way back":  "try: resource.setrlimit(resource.RLIMIT_NPROC, (1000, 1000)); print('got it')\nexcept ValueError: print('refused')",
		"its own lot": "x = bytearray(300 << 20); del x; print('refused' if subprocess.run(['true']).returncode == 0 else 'broken')",
	} {
		if said := kernel.Run(code); strings.TrimSpace(said) != "refused" {
			t.Errorf("%s: %q", what, said)
		}
	}
	if got := kernel.Run("print(os.environ['MEM_LIMIT'], os.environ['CPU_LIMIT'])"); strings.TrimSpace(got) != "1073741824 2.0" {
		t.Errorf("it finds %q", got)
	}
	const ask = "ulimit -u; ulimit -n; ulimit -d" // the last in KiB
	has := func(n *notebook) bool {
		said := n.Terminal().Type(ask)
		return strings.Contains(said, "150") && strings.Contains(said, "600") && strings.Contains(said, "1048576")
	}
	if !has(ann.Notebook("ann")) {
		t.Error("a terminal has other limits")
	}
	h.Kill()
	h.Start()
	if !has(ann.Notebook("ann")) {
		t.Error("a terminal has other limits after a restart of the hub")
	}
}
