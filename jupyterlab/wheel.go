// Package jupyterlab is Atrium's extension of JupyterLab, as a Python wheel: time and credits left in the status bar, notices
// before the server is stopped, what is announced, and whose server it is. Its page is made of src by `make labextension`; the
// wheel is made here, of files that are embedded, so that it is the same wherever it is made.
package jupyterlab

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Version of the extension. It grows with each release that changes what is in it.
const Version = "1.0.0"

const (
	module = "atrium_jupyterlab"
	info   = module + "-" + Version + ".dist-info"
	labDir = "share/jupyter/labextensions/@atriumhub/jupyterlab"
)

//go:embed built/remoteEntry.js
var entry []byte

//go:embed python/atrium_jupyterlab/__init__.py
var server string

// Name is the wheel's file name, by which pip knows what it is.
func Name() string { return module + "-" + Version + "-py3-none-any.whl" }

// entryName changes with what is in the file, which browsers keep.
func entryName() string { return "remoteEntry." + digest(entry)[:16] + ".js" }

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// modules are the files beside Python's other modules, and data those below the environment itself.
func modules() map[string][]byte {
	return map[string][]byte{
		module + "/__init__.py": []byte(strings.ReplaceAll(server, "@VERSION@", Version)),
		info + "/METADATA": []byte("Metadata-Version: 2.1\nName: atrium-jupyterlab\nVersion: " + Version +
			"\nSummary: Time and credits left, and what an Atrium hub announces, in JupyterLab\nLicense: BSD-3-Clause\nRequires-Python: >=3.10\nRequires-Dist: jupyter_server>=2\n"),
		info + "/WHEEL": []byte("Wheel-Version: 1.0\nGenerator: atrium\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
	}
}

func data() map[string][]byte {
	return map[string][]byte{
		labDir + "/static/" + entryName(): entry,
		labDir + "/package.json": document(map[string]any{
			"name": "@atriumhub/jupyterlab", "version": Version, "description": "Time and credits left, and what an Atrium hub announces",
			"license":    "BSD-3-Clause",
			"jupyterlab": map[string]any{"extension": true, "_build": map[string]any{"load": "static/" + entryName(), "extension": "./extension"}},
		}),
		labDir + "/install.json": document(map[string]any{
			"packageManager": "python", "packageName": "atrium-jupyterlab", "uninstallInstructions": "It belongs to the hub.",
		}),
		"etc/jupyter/jupyter_server_config.d/" + module + ".json": document(map[string]any{
			"ServerApp": map[string]any{"jpserver_extensions": map[string]any{module: true}},
		}),
	}
}

// document is JSON as a file has it.
func document(value map[string]any) []byte {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(err) // texts and booleans alone
	}
	return append(text, '\n')
}

// Digest changes with anything that is installed.
func Digest() string {
	all := Installed("site")
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s %s\n", name, digest(all[name]))
	}
	return digest(text.Bytes())
}

// Installed is the files of an environment into which pip has installed the wheel, below the environment; site is where its
// modules are, as lib/python3.12/site-packages.
func Installed(site string) map[string][]byte {
	files := map[string][]byte{}
	up := strings.Repeat("../", strings.Count(site, "/")+1)
	names := map[string][]byte{} // as RECORD has them
	for name, text := range modules() {
		files[path.Join(site, name)], names[name] = text, text
	}
	for name, text := range data() {
		files[name], names[up+name] = text, text
	}
	installer := []byte("atrium\n")
	files[path.Join(site, info, "INSTALLER")], names[info+"/INSTALLER"] = installer, installer
	files[path.Join(site, info, "RECORD")] = record(names)
	return files
}

// record lists files with what is in them, as wheels do.
func record(names map[string][]byte) []byte {
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(names)) {
		sum := sha256.Sum256(names[name])
		fmt.Fprintf(&text, "%s,sha256=%s,%d\n", name, base64.RawURLEncoding.EncodeToString(sum[:]), len(names[name]))
	}
	fmt.Fprintf(&text, "%s/RECORD,,\n", info)
	return text.Bytes()
}

// Wheel is the file that pip installs, without a network.
func Wheel() ([]byte, error) {
	files := modules()
	for name, text := range data() {
		files[module+"-"+Version+".data/data/"+name] = text
	}
	files[info+"/RECORD"] = record(files)
	var out bytes.Buffer
	archive := zip.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		w, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, ExternalAttrs: 0o644 << 16})
		if err == nil {
			_, err = w.Write(files[name])
		}
		if err != nil {
			return nil, fmt.Errorf("make the wheel: %w", err)
		}
	}
	if err := archive.Close(); err != nil {
		return nil, fmt.Errorf("make the wheel: %w", err)
	}
	return out.Bytes(), nil
}
