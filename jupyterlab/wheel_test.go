package jupyterlab

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/testkit/hubtest"
)

// read gives the files of the wheel.
func read(t *testing.T, wheel []byte) map[string]string {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(wheel), int64(len(wheel)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

func TestTheWheelIsTheSameWhereverItIsMade(t *testing.T) {
	t.Parallel()
	one, err := Wheel()
	if err != nil {
		t.Fatal(err)
	}
	other, err := Wheel()
	if err != nil || !bytes.Equal(one, other) {
		t.Errorf("two wheels differ (%v)", err)
	}
	files := read(t, one)
	for _, line := range strings.Split(strings.TrimSpace(files[info+"/RECORD"]), "\n") {
		name, rest, _ := strings.Cut(line, ",")
		sum := sha256.Sum256([]byte(files[name]))
		if want := "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]); name != info+"/RECORD" && !strings.HasPrefix(rest, want) {
			t.Errorf("RECORD has %s for %s, and it is %s", rest, name, want)
		}
	}
}

// pip installs it without a network, and what Installed gives is what pip writes.
func TestPipInstallsTheWheel(t *testing.T) {
	t.Parallel()
	python, dir := hubtest.Variable(t, "HUBTEST_PYTHON"), t.TempDir()
	wheel, err := Wheel()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, Name())
	if err := os.WriteFile(file, wheel, 0o600); err != nil {
		t.Fatal(err)
	}
	env := filepath.Join(dir, "env")
	cmd := exec.CommandContext(t.Context(), python, "-m", "pip", "install", "--no-index", "--no-deps", "--disable-pip-version-check", "--no-compile", "--ignore-installed", "--prefix", env, file)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(env, "lib", "python3*", "site-packages"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	site, err := filepath.Rel(env, found[0])
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range Installed(site) {
		if strings.HasSuffix(name, "/INSTALLER") || strings.HasSuffix(name, "/RECORD") {
			continue
		}
		is, err := os.ReadFile(filepath.Join(env, name))
		if err != nil || !bytes.Equal(is, text) {
			t.Errorf("%s is not what pip writes (%v)", name, err)
		}
	}
}
