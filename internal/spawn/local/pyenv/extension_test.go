package pyenv

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/atriumhub/atrium/jupyterlab"
)

// An environment with JupyterLab gets the hub's extension, one that a version before has made at the next start, and in the
// place of the version before; one without JupyterLab does without.
func TestTheHubsExtensionIsInstalled(t *testing.T) {
	t.Parallel()
	e := Env{Dir: t.TempDir(), marker: marker{Python: "3.12", Own: ownVersion}}
	site := filepath.Join(e.Dir, "lib/python3.12/site-packages")
	former := filepath.Join(site, "atrium_jupyterlab-0.0.1.dist-info")
	server := filepath.Join(site, "jupyter_server")
	for _, dir := range []string{filepath.Join(e.Dir, "bin"), former} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.finish(); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(e.Dir, "etc/jupyter/jupyter_server_config.d/atrium_jupyterlab.json")
	if _, err := os.Stat(settings); err == nil {
		t.Error("it is installed where there is no JupyterLab")
	}
	if err := os.Mkdir(server, 0o750); err != nil {
		t.Fatal(err)
	}
	e.marker.Lab = "of a version before"
	if err := e.finish(); err != nil {
		t.Fatal(err)
	}
	for name := range jupyterlab.Installed("lib/python3.12/site-packages") {
		info, err := os.Stat(filepath.Join(e.Dir, name))
		if err != nil || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if _, err := os.Stat(former); err == nil {
		t.Error("pip would find two versions of it")
	}
	made, err := open(e.Dir)
	if err != nil || made.marker.Lab != jupyterlab.Digest() {
		t.Errorf("%+v %v", made.marker, err)
	}
}
