// Package wheeltest makes Python packages for tests that install some without a network.
package wheeltest

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Write makes a Python package in dir, for pip's --find-links: a module that knows
// its version, a program that prints name and version, and what lies beside in the
// environment, by path.
func Write(t testing.TB, dir, name, version, program string, data map[string]string) {
	t.Helper()
	info := name + "-" + version + ".dist-info/"
	files := map[string]string{
		name + ".py":              fmt.Sprintf("__version__ = %q\ndef main():\n    print(%q, __version__)\n", version, name),
		info + "METADATA":         fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", name, version),
		info + "WHEEL":            "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
		info + "entry_points.txt": fmt.Sprintf("[console_scripts]\n%s = %s:main\n", program, name),
	}
	for path, content := range data {
		files[name+"-"+version+".data/data/"+path] = content
	}
	record := info + "RECORD,,\n"
	for path := range files {
		record += path + ",,\n"
	}
	files[info+"RECORD"] = record
	var text bytes.Buffer
	wheel := zip.NewWriter(&text)
	for path, content := range files {
		w, err := wheel.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := wheel.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+"-"+version+"-py3-none-any.whl"), text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
