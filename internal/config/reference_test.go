package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write the reference anew")

// golden compares a file below docs/reference with what it should be.
func golden(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join("..", "..", "docs", "reference", name)
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(b), want); d != "" {
		t.Errorf("docs/reference/%s is not what it should be; run go test ./internal/config -update\n%s", name, d)
	}
}

// The reference is the files in docs, and a configuration that changes nothing.
func TestReference(t *testing.T) {
	golden(t, "config.yaml", Reference())
	golden(t, "config.md", page())
	c, _, err := load(t, Reference())
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	c.DataDir = ""
	c.Spawner.Local.Command, c.Spawner.Local.Environment = nil, nil
	if d := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Config{})); d != "" {
		t.Error(d)
	}
	for _, k := range keys(&c) {
		if k.doc == "" {
			t.Errorf("%s has no word about it", k.path)
		}
		if last := k.path[strings.LastIndex(k.path, ".")+1:]; last == "port" || last == "service" {
			t.Errorf("%s: Kubernetes makes variables of that name", k.path)
		}
	}
}

// page is the reference as a table to read.
func page() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\n" +
		"`atrium serve --config FILE` reads a YAML file; [config.yaml](config.yaml) has all of it with the defaults, to start from.\n" +
		"A variable of the environment wins over the file, a flag over both. `atrium config check FILE` names every fault.\n\n" +
		"A dot in a key is one level of the file. In variables, lists are JSON or separated by commas, maps are JSON. Time\n" +
		"spans: `90s`, `15m`, `12h`, `14d`.\n\n| key | default | is |\n| --- | --- | --- |\n")
	c := Default()
	for _, k := range keys(&c) {
		vars := "`" + k.env() + "`"
		if k.secret() {
			vars += ", `" + k.env() + "_FILE`"
		}
		value := sample(k.value)
		if value == `""` {
			value = ""
		} else {
			value = "`" + value + "`"
		}
		fmt.Fprintf(&b, "| `%s`<br>%s | %s | %s |\n", k.path, vars, value, strings.ReplaceAll(k.doc, "|", `\|`))
	}
	return b.String()
}

// Whatever prints a whole configuration prints no secret.
func TestSecretsAreNotShown(t *testing.T) {
	c := Default()
	for _, k := range keys(&c) {
		if k.secret() {
			k.value.SetString("hunter2")
		}
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(&out, verb+"\n", c)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("read", "config", c, "password", c.Admin.Password)
	}
	if s := out.String(); strings.Contains(s, "hunter2") || strings.Contains(s, fmt.Sprintf("%x", "hunter2")) {
		t.Error(s)
	}
}
