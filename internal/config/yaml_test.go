package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/hub"
)

// Faults name line and key, all of them at once.
func TestFaults(t *testing.T) {
	for _, tc := range []struct {
		name, yaml string
		env        []string
		want       []string // the lines of the error, whole
	}{
		{"unknown key", "listen: :1\nlisten_on: x\n", nil, []string{"atrium.yaml: line 2: unknown key listen_on; did you mean listen?"}},
		{"unknown key, nothing like it", "foo: 1\n", nil, []string{"atrium.yaml: line 1: unknown key foo"}},
		{"known elsewhere", "concurrent_starts: 1\n", nil, []string{"atrium.yaml: line 1: unknown key concurrent_starts; did you mean spawner.concurrent_starts?"}},
		{"no key of this name", "service: x\nport: 1\n", nil, []string{
			"atrium.yaml: line 1: unknown key service; did you mean services?", "atrium.yaml: line 2: unknown key port",
		}},
		{"several, and the environment's", "a: 1\nspawner:\n  local:\n    comand: [x]\n  concurrent_starts: many\nsession:\n  max_age: soon\n", []string{"ATRIUM_SERVERS_NAMED_LIMIT=x"}, []string{
			"atrium.yaml: line 1: unknown key a",
			"atrium.yaml: line 4: unknown key spawner.local.comand; did you mean spawner.local.command?",
			`atrium.yaml: line 5: spawner.concurrent_starts: "many" is not a whole number`,
			`atrium.yaml: line 7: session.max_age: "soon" is not a time span; write 90s, 15m, 12h or 14d`,
			`ATRIUM_SERVERS_NAMED_LIMIT: "x" is not a whole number`,
		}},
		{"no section", "spawner: 1\n", nil, []string{"atrium.yaml: line 1: spawner: keys with values are expected here, as driver: …"}},
		{"no keys", "- a\n", nil, []string{"atrium.yaml: line 1: keys with values are expected here, as listen: …"}},
		{"list for a text", "\nlisten: [a]\n", nil, []string{"atrium.yaml: line 2: listen: one value is expected here, not a list or keys"}},
		{"text for a list", "spawner:\n  local:\n    command: jupyter lab\n", nil, []string{`atrium.yaml: line 3: spawner.local.command: a list is expected here, as ["a", "b"]`}},
		{"lists in a list", "trusted_proxies: [[a]]\n", nil, []string{"atrium.yaml: line 1: trusted_proxies: the list holds something that is no text"}},
		{"list for a map", "spawner: {local: {environment: [a]}}\n", nil, []string{"atrium.yaml: line 1: spawner.local.environment: names with values are expected here, as NAME: value"}},
		{"list in a map", "spawner:\n  local:\n    environment:\n      A: [1]\n", nil, []string{`atrium.yaml: line 4: spawner.local.environment.A: a text is expected here, as "…"`}},
		{"fraction", "spawner: {local: {log_max_bytes: 1.5}}\n", nil, []string{`atrium.yaml: line 1: spawner.local.log_max_bytes: "1.5" is not a whole number`}},
		{"too large", "auth: {native: {argon2: {parallelism: 300}}}\n", nil, []string{`atrium.yaml: line 1: auth.native.argon2.parallelism: "300" is not a whole number in its range`}},
		{"number as text", "servers:\n  named_limit: \"3\"\n", nil, []string{`atrium.yaml: line 2: servers.named_limit: "3" is a text; write it without quotes`}},
		{"not a boolean", "servers:\n  stop_with_hub: yes\n", nil, []string{`atrium.yaml: line 2: servers.stop_with_hub: "yes" is neither true nor false`}},
		{"no unit", "session: {max_age: 3600}\n", nil, []string{`atrium.yaml: line 1: session.max_age: "3600" is not a time span; write 90s, 15m, 12h or 14d`}},
		{"a size of nothing known", "spawner: {local: {limits: {memory: 2 GB}}}\n", nil, []string{`atrium.yaml: line 1: spawner.local.limits.memory: "2 GB" is not a size; write 512M, 2G or a number of bytes`}},
		{"no number", "spawner: {local: {limits: {cpu: many, processes: 0.5}}}\n", nil, []string{
			`atrium.yaml: line 1: spawner.local.limits.cpu: "many" is not a number`, `atrium.yaml: line 1: spawner.local.limits.processes: "0.5" is not a whole number`,
		}},
		{"range backwards", "spawner: {local: {uid_range: 3-2}}\n", nil, []string{`atrium.yaml: line 1: spawner.local.uid_range: "3-2" is not a range of user ids; write FIRST-LAST, as 200000-299999`}},
		{"twice", "listen: a\nlisten: b\n", nil, []string{"atrium.yaml: line 2: listen: it is given on line 1 already"}},
		{"twice, below", "spawner:\n  local:\n    environment:\n      A: x\n      B: x\n      A: y\n", nil, []string{"atrium.yaml: line 6: spawner.local.environment.A: it is given on line 4 already"}},
		{"twice, in an object", "groups:\n  a:\n    properties: {a: 1, a: 2}\n", nil, []string{"atrium.yaml: line 3: groups.a.properties: it holds a key twice, or something that JSON cannot hold"}},
		{"no blank after the colon", "spawner: {driver:local}\n", nil, []string{"atrium.yaml: line 1: spawner.driver: a blank is missing after the colon"}},
		{"keys in a list of texts", "roles:\n  - {name: abc, scopes: [self, access: services]}\n", nil, []string{`atrium.yaml: line 2: roles.scopes: the list holds keys with values; put a text that holds ": " in quotes`}},
		{"a colon in a text", "database: postgres://a: b\n", nil, []string{`atrium.yaml: line 1: no key is expected here; look at the indentation, and put a text that holds ": " in quotes`}},
		{"a tab", "log:\n\tlevel: debug\n", nil, []string{"atrium.yaml: line 2: no value begins with this character; put such a text in quotes, and indent with blanks instead of tabs"}},
		{"unclosed", "roles:\n  - {name: abc,\n     scopes: [self}\nlisten: :1\n", nil, []string{"atrium.yaml: line 3: did not find expected ',' or ']', while parsing a flow sequence that begins on line 3"}},
		{"a list for a key", "? [a]\n: b\n", nil, []string{"atrium.yaml: line 1: a list or keys stand where a key is expected"}},
		{"two documents", "listen: :1\n---\nlisten: :2\n", nil, []string{"atrium.yaml: line 3: a second document (after ---); a file holds one"}},
		{"merge", "log:\n  <<: {level: debug}\n", nil, []string{"atrium.yaml: line 2: unknown key log.<<"}},
		{"tag", "listen: !!int x\n", nil, []string{"atrium.yaml: line 1: listen: tags are not read; put a text that begins with ! in quotes"}},
		{"shell's home", "data_dir: ~/atrium\n", nil, []string{"atrium.yaml: line 1: data_dir: ~ is known to shells only; write the whole path"}},
		{"bad variables", "", []string{"ATRIUM_SPAWNER_CONCURRENT_STARTS=x", "ATRIUM_TRUSTED_PROXIES=[1]", "ATRIUM_SPAWNER_LOCAL_ENVIRONMENT=A=b", "ATRIUM_AUTH_NATIVE_ENABLED=yes"}, []string{
			`ATRIUM_TRUSTED_PROXIES: it is not a JSON list of texts, as ["a","b"]`,
			`ATRIUM_AUTH_NATIVE_ENABLED: "yes" is neither true nor false`,
			`ATRIUM_SPAWNER_CONCURRENT_STARTS: "x" is not a whole number`,
			`ATRIUM_SPAWNER_LOCAL_ENVIRONMENT: it is not a JSON object of texts, as {"NAME":"value"}`,
		}},
		{"secrets' files", "", []string{"ATRIUM_ADMIN_TOKEN_FILE=/nowhere", "ATRIUM_ADMIN_PASSWORD_FILE=/run/empty", "ATRIUM_DATABASE_FILE=/run/large"}, []string{
			"ATRIUM_DATABASE_FILE: /run/large is larger than 65536 bytes, which no secret is",
			"ATRIUM_ADMIN_PASSWORD_FILE: /run/empty is empty",
			"ATRIUM_ADMIN_TOKEN_FILE: /nowhere cannot be read: no such file or directory",
		}},
		{"some other file", strings.Repeat("#", maxFile+1), nil, []string{"atrium.yaml: it is larger than 1048576 bytes, so it is no configuration of Atrium's"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, _, err := load(t, tc.yaml, tc.env...)
			if !hub.Is(err, hub.Invalid) {
				t.Fatalf("got %v", err)
			}
			if d := cmp.Diff(tc.want, strings.Split(err.Error(), "\n")); d != "" {
				t.Error(d)
			}
		})
	}
}

// What is wrong with a secret is said without it: a message ends up in logs.
func TestFaultsShowNoSecret(t *testing.T) {
	for _, yaml := range []string{
		"admin:\n  password: \"a\"hunter2\n", "admin:\n  password: 'a' hunter2\n", "admin: {password: hunter2\nfoo\n",
		"admin:\n  password: !hunter2\n", "admin:\n  password: !hunter2 x\n", "admin:\n  password: &hunter2\n", "admin:\n  password: *hunter2\n",
		"admin:\n  password: @hunter2\n", "admin:\n  password: %hunter2\n", "admin:\n  password: `hunter2\n", "admin:\n  password: \"hunter2\n",
		"admin:\n  password: [hunter2]\n", "admin:\n  password: {hunter2: x}\n", "admin:\n  password: |x hunter2\n    a\n",
		"database: postgres://u:hunter2@h/d: x\n", "database: a\n  b: hunter2\n c: d\n", "admin:\n  password: a: hunter2\n",
		"admin: hunter2\n", "admin:\n- hunter2\n", "admin: {password:hunter2}\n", "spawner: {local: {environment: {KEY:hunter2}}}\n", "admin:\n  password: !hun'ter2{ x\n", "spawner:\n  local:\n    environment:\n      KEY: [hunter2]\n",
	} {
		c, _, err := load(t, yaml)
		if err == nil && string(c.Admin.Password) != "%hunter2" {
			t.Errorf("%q is taken, the password as %q", yaml, string(c.Admin.Password))
		}
		if err == nil {
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", yaml, err)
		}
		if !strings.Contains(err.Error(), "line ") {
			t.Errorf("%q: %v names no line", yaml, err)
		}
	}
}

// A scope holds a colon, and so do addresses: YAML takes them without quotes wherever
// no blank follows.
func TestScopesNeedNoQuotes(t *testing.T) {
	scopes := []string{"self", "access:services", "read:users!group=cs101", "::1", "http://hub:80/x"}
	const list = "[self, access:services, read:users!group=cs101, ::1, http://hub:80/x]"
	for _, yaml := range []string{
		"roles: [{name: user, scopes: " + list + "}]\n",
		"roles:\n  - {name: user, scopes: " + list + "}\n",
		"roles:\n  - name: user\n    scopes: " + list + "\n",
		"roles:\n- name: user\n  scopes:\n  - self\n  - access:services\n  - read:users!group=cs101\n  - ::1\n  - http://hub:80/x\n",
		"roles: [{name: user, scopes: [\n  self, # everybody's\n  access:services,\n  read:users!group=cs101,\n  ::1, http://hub:80/x,\n]}]\n",
		"{roles: [{scopes: " + list + ", name: user}]}\n",
		`{"roles":[{"name":"user","scopes":["self","access:services","read:users!group=cs101","::1","http://hub:80/x"]}]}`,
	} {
		c, _, err := load(t, yaml)
		if err != nil {
			t.Errorf("%s: %v", yaml, err)
			continue
		}
		if d := cmp.Diff([]Role{{Name: "user", Scopes: scopes}}, c.Roles); d != "" {
			t.Errorf("%s: %s", yaml, d)
		}
	}
}

// The same in objects, whose values nobody checks.
func TestObjectsAreReadAsWritten(t *testing.T) {
	c, _, err := load(t, "groups: {class: {properties: {links: [http://a/b, x:y], when: 2026-01-02, 7: [1, 2.5, yes, true, ~], deep: {a:b: c}}}}\n")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"7":[1,2.5,"yes",true,null],"deep":{"a:b":"c"},"links":["http://a/b","x:y"],"when":"2026-01-02"}`
	if got := string(c.Groups["class"].Properties); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// Texts are what was written: a password of digits is no number.
func TestScalars(t *testing.T) {
	for text, want := range map[string]string{
		"0123": "0123", "1e3": "1e3", "0x10": "0x10", "1_000": "1_000", "true": "true", ".inf": ".inf", "12345678901234567890123": "12345678901234567890123",
		`"a\tb"`: "a\tb", "'it''s'": "it's", "a#b": "a#b", "a b # c": "a b", "|-\n    two\n    lines": "two\nlines",
		"&it same": "same",
	} {
		c, _, err := load(t, "admin:\n  password: "+text+"\n")
		if err != nil || string(c.Admin.Password) != want {
			t.Errorf("%q: %q, %v", text, string(c.Admin.Password), err)
		}
	}
}

func TestAliases(t *testing.T) {
	c, _, err := load(t, "session: &age {max_age: &long 3d}\nretention: {audit: *long}\nspawner: {local: {command: [&p jupyter, *p], environment: {A: *p}}}\n")
	if err != nil {
		t.Fatal(err)
	}
	if c.Retention.Audit != 3*day || !cmp.Equal(c.Spawner.Local.Command, []string{"jupyter", "jupyter"}) || c.Spawner.Local.Environment["A"] != "jupyter" {
		t.Errorf("%+v", c)
	}
	for _, yaml := range []string{"log: &a {level: *a}\n", "spawner: &a {local: *a}\n", "log: &a *a\n"} {
		if _, _, err := load(t, yaml); !hub.Is(err, hub.Invalid) {
			t.Errorf("%q: %v", yaml, err)
		}
	}
}

// Whatever a file holds, it is read or refused; with a line for each fault.
func FuzzYAML(f *testing.F) {
	for _, s := range []string{
		"listen: :1\nspawner: {local: {command: [a]}}", "spawner: 1", "? [a]\n: b", "a: &a [*a]", "log: &a {level: *a}", "log: &a *a",
		"log:\n  <<: *x", "listen: !!str", "listen: |\n  a", "---\n---\na: 1", "%YAML 1.2\n---\n", "session: {max_age: 100000d}", "\"listen\": &k", "&k listen: *k", "*k : 1", "? ", "- ", ": ",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, _, err := Load("x", nil, func(string) ([]byte, error) { return []byte(s), nil })
		if err == nil {
			_ = c.Validate()
			return
		}
		if !hub.Is(err, hub.Invalid) || err.Error() == "" {
			t.Errorf("%v", err)
		}
	})
}
