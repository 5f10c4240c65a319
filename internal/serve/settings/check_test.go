package settings

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/atriumhub/atrium/internal/command"
)

// check runs 'atrium config check' over a configuration, and gives the lines of what is
// wrong, and of the warnings.
func check(t *testing.T, dir, yaml string, environ ...string) (faults, warnings []string) {
	t.Helper()
	path := filepath.Join(dir, "atrium.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	e := &command.Env{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &said, Environ: append([]string{"PATH=/usr/bin:/bin", "ATRIUM_DATA_DIR=/var/lib/atrium-of-the-test"}, environ...)}
	root := New(e)
	command.SetUpRoot(e, root)
	root.SetArgs([]string{"check", path})
	if err := root.ExecuteContext(t.Context()); err != nil {
		for line := range strings.Lines(command.MessageFor(err)) {
			faults = append(faults, strings.ReplaceAll(strings.TrimSpace(line), path, "FILE"))
		}
	}
	for line := range strings.Lines(said.String()) {
		warnings = append(warnings, strings.TrimSpace(strings.TrimPrefix(line, "atrium: warning: ")))
	}
	return faults, warnings
}

// An operator corrected a file for an hour, one fault a run, and then the hub refused to
// start: what cannot be read, what makes no sense, and what is not on this machine come
// at once, in the order of the file.
func TestConfigCheckNamesEveryFaultWithItsLine(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"short-token": "abc\n", "no-program": "", "some-file": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	yaml := strings.ReplaceAll(`lisen: 127.0.0.1:9000
base_url: "/a b/"
database: postgres://hub:p@ss@127.0.0.1/x
tls:
  cert_file: DIR/missing.crt
  key_file: DIR/missing.key
  hsts: soon
auth:
  native:
    password: {min_length: 3}
spawner:
  concurrent_starts: 0
  oauth_client_allowed_scopes: [self, no-scope-of-servers]
  server_token_scopes: ["users:activity!user", "users:activity!nobody"]
  local:
    command: [DIR/missing-notebook, --x]
    homes: DIR/some-file/homes
servers: {named_limit: many}
roles:
  - name: teachers
    scopes: [admin:userz, list:users, reed:users]
    users: ["a/b"]
  - {name: teachers, scopes: [self], services: [nobody]}
custom_scopes:
  "custom:x": {}
groups:
  cs101: {users: ["", alice]}
services:
  - name: cull
    command: [DIR/no-program]
    cwd: DIR/some-file
    user: no-such-account
    api_token_file: DIR/short-token
  - name: grader
    command: [no-such-program-anywhere]
    url: 10.0.0.1:80
    oauth_client_allowed_scopes: [no-such-scope]
`, "DIR", dir)
	faults, _ := check(t, dir, yaml, "ATRIUM_LOG_LEVEL=loud", "ATRIUM_METRICS_AUTHENTICATE=perhaps")
	for i, f := range faults {
		faults[i] = strings.ReplaceAll(f, dir, "DIR")
	}
	want := []string{
		`FILE: line 1: unknown key lisen; did you mean listen?`,
		`FILE: line 2: base_url: "/a b/" is not a path of letters, digits and -._~, as / or /jupyter/`,
		`FILE: line 3: database: The database URL has an unescaped "@" in the user name or password: write it as %40.`,
		`FILE: line 5: tls.cert_file: DIR/missing.crt cannot be read: no such file or directory`,
		`FILE: line 6: tls.key_file: DIR/missing.key cannot be read: no such file or directory`,
		`FILE: line 7: tls.hsts: "soon" is not a time span; write 90s, 15m, 12h or 14d`,
		`FILE: line 10: auth.native.password.min_length: it must be 6 to 19, the length of those that are generated`,
		`FILE: line 12: spawner.concurrent_starts: it must be at least 1`,
		`FILE: line 13: spawner.oauth_client_allowed_scopes: no such scope: "no-scope-of-servers"`,
		`FILE: line 14: spawner.server_token_scopes: bad filter in "users:activity!nobody": it must be user, group, server or service`,
		`FILE: line 16: spawner.local.command: DIR/missing-notebook cannot be run by notebook servers: no such file or directory`,
		`FILE: line 17: spawner.local.homes: DIR/some-file/homes cannot be used: not a directory`,
		`FILE: line 18: servers.named_limit: "many" is not a whole number`,
		`FILE: line 21: roles: teachers: no such scope: "admin:userz"`,
		`FILE: line 21: roles: teachers: no such scope: "reed:users"`,
		`FILE: line 22: roles: teachers: "a/b" is not a username`,
		`FILE: line 23: roles: teachers: there is no service "nobody"; declare it under services`,
		`FILE: line 23: roles: teachers is declared twice`,
		`FILE: line 25: custom_scopes: custom scope "custom:x": the name must be 'custom:' and at least three of a-z 0-9 - _ : *, beginning with a letter or digit and not ending with '-' or ':'`,
		`FILE: line 27: groups: cs101: "" is not a username`,
		`FILE: line 30: services: cull: command: DIR/no-program is no program that can be run`,
		`FILE: line 31: services: cull: cwd: DIR/some-file is not a folder`,
		`FILE: line 32: services: cull: user: there is no account "no-such-account" on this machine`,
		`FILE: line 33: services: cull: the token in api_token_file is too short; use at least 8 characters`,
		`FILE: line 35: services: grader: command: the program no-such-program-anywhere is not on the service's PATH /usr/bin:/bin`,
		`FILE: line 36: services: grader: url "10.0.0.1:80" is not http://HOST:PORT`,
		`FILE: line 37: services: grader: oauth_client_allowed_scopes: no such scope: "no-such-scope"`,
		`ATRIUM_METRICS_AUTHENTICATE: "perhaps" is neither true nor false`,
		`ATRIUM_LOG_LEVEL: log.level: "loud" is none of debug, info, warn, error`,
	}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Error(diff)
	}
}

// A certificate and a key that belong together, and others, are told apart; what browsers
// will not take is a warning.
func TestConfigCheckLooksAtCertificates(t *testing.T) {
	dir := t.TempDir()
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	t.Cleanup(server.Close)
	pair := server.TLS.Certificates[0]
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cert := write("cert.pem", "CERTIFICATE", pair.Certificate[0])
	config := func(cert, key, more string) string {
		return fmt.Sprintf("listen: 127.0.0.1:9443\ntls:\n  cert_file: %s\n  key_file: %s\n%s", cert, key, more)
	}
	faults, _ := check(t, dir, config(cert, cert, ""))
	if len(faults) != 1 || !strings.HasPrefix(faults[0], "FILE: line 3: tls.cert_file: ") || !strings.Contains(faults[0], "no certificate with its key") {
		t.Errorf("no key: %q", faults)
	}
	faults, _ = check(t, dir, "tls:\n  acme: {email: a@example.org, domains: [hub.example.org], ca_file: "+filepath.Join(dir, "atrium.yaml")+"}\n")
	if len(faults) != 1 || !strings.HasPrefix(faults[0], "FILE: line 2: tls.acme.ca_file: ") || !strings.Contains(faults[0], "holds no certificate in PEM form") {
		t.Errorf("no CA: %q", faults)
	}
	key := write("key.pem", "PRIVATE KEY", mustPKCS8(t, pair.PrivateKey))
	for public, want := range map[string]int{"https://example.com": 0, "https://hub.example.org": 1, "https://*.hub.example.org": 2} {
		faults, warnings := check(t, dir, config(cert, key, "public_url: \""+public+"\"\n"))
		if len(faults) > 0 || len(warnings) != want || want > 0 && !strings.Contains(warnings[0], "hub.example.org, where public_url leads") {
			t.Errorf("%s: %q, warnings %q", public, faults, warnings)
		}
	}
}

// Who is named and has no account can have no server.
func TestConfigCheckLooksForAccounts(t *testing.T) {
	_, warnings := check(t, t.TempDir(), "spawner: {local: {system_users: true}}\nadmin: {username: no-such-teacher}\nroles: [{name: staff, users: [no-such-person]}]\n")
	for _, want := range []string{`"no-such-teacher" is named here and has no account`, `"no-such-person" is named here and has no account`} {
		if !strings.Contains(strings.Join(warnings, "\n"), want) {
			t.Errorf("no warning %q among %q", want, warnings)
		}
	}
}

// What this machine cannot hold of the limits is said before the hub runs with them.
func TestConfigCheckSaysWhichLimitsAreNotHeld(t *testing.T) {
	dir := t.TempDir()
	faults, warnings := check(t, dir, "spawner: {local: {limits: {memory: 2G, cpu: 2, open_files: 1024, means: rlimit}}}\n")
	if len(faults) > 0 {
		t.Errorf("faults: %q", faults)
	}
	for i, want := range []string{"spawner.local.limits.memory: ", "spawner.local.limits.cpu: nothing holds it"} {
		if len(warnings) != 2 || !strings.HasPrefix(warnings[i], want) {
			t.Errorf("%q, want %q", warnings, want)
		}
	}
	faults, _ = check(t, dir, "spawner:\n  local:\n    limits:\n      memory: 2G\n      cgroup: "+dir+"\n")
	want := "FILE: line 5: spawner.local.limits.cgroup: no cgroups for servers can be made there: " + dir + " is no cgroup of version 2"
	if len(faults) != 1 || faults[0] != want {
		t.Errorf("%q, want %q", faults, want)
	}
	if faults, warnings := check(t, dir, "spawner: {local: {limits: {open_files: 512, file_size: 1G}}}\n"); len(faults)+len(warnings) > 0 {
		t.Errorf("limits that hold everywhere: %q, %q", faults, warnings)
	}
}

func mustPKCS8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// A picture that cannot be shown is named before the hub is started with it.
func TestConfigCheckLooksAtTheLogo(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"logo.svg": "<svg/>", "renamed.jpg": "\x89PNG\r\n\x1a\n", "page.png": "<html/>", "large.png": "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 512<<10),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"logo.svg": "", "renamed.jpg": "",
		"page.png":    " is none of PNG, JPEG, WebP and SVG in UTF-8",
		"large.png":   " is larger than 512 KiB; make the picture smaller",
		"missing.png": " cannot be read: no such file or directory",
		"pipe":        " is not a file",
		"":            " is not a file",
	} {
		path := filepath.Join(dir, name)
		faults, _ := check(t, dir, "listen: 127.0.0.1:9000\npages:\n  title: CS101\n  logo_file: "+path+"\n")
		if want != "" {
			want = "FILE: line 4: pages.logo_file: " + path + want
		}
		if got := strings.Join(faults, "\n"); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

// Who would show the hub in a learning platform is told what that needs, and who on the
// list must not.
func TestConfigCheckTellsWhoMayShowTheHubInFrames(t *testing.T) {
	dir := t.TempDir()
	faults, _ := check(t, dir, `listen: 127.0.0.1:9000
public_url: https://*.hub.example.org
frame_ancestors:
  - https://moodle.example.com/
  - https://mallory.hub.example.org
  - http://moodle.example.com
  - moodle.example.com
`)
	want := []string{
		`FILE: line 3: frame_ancestors: "https://mallory.hub.example.org" is the hub's own domain or one below it, where people's notebook servers are`,
		`FILE: line 3: frame_ancestors: "http://moodle.example.com" is not https:// and a host alone, as https://moodle.example.org`,
		`FILE: line 3: frame_ancestors: "moodle.example.com" is not https:// and a host alone, as https://moodle.example.org`,
	}
	if diff := cmp.Diff(want, faults); diff != "" {
		t.Error(diff)
	}
	faults, _ = check(t, dir, "public_url: https://hub.example.org\nframe_ancestors: [https://moodle.example.com]\n")
	if len(faults) != 1 || !strings.HasPrefix(faults[0], "FILE: line 2: frame_ancestors: it needs a domain for each person, and HTTPS; set public_url: https://*.hub.example.org") {
		t.Errorf("on one origin: %q", faults)
	}
}
