package talk

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/credentials"
)

// Flags come before the environment, and that before the file of a hub on this
// machine, whose token goes to that hub alone.
func TestWhereTheHubIs(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, credentials.File)
	if err := os.WriteFile(file, []byte(`{"url":"http://127.0.0.1:8000/","username":"admin","password":"p","api_token":"file-token"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tokenFile := filepath.Join(dir, "token")
	if err := os.WriteFile(tokenFile, []byte("read-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	local, none := "ATRIUM_DATA_DIR="+dir, "ATRIUM_DATA_DIR="+filepath.Join(dir, "none")
	const here = "http://127.0.0.1:8000"
	for _, c := range []struct {
		name    string
		flags   connectFlags
		environ []string
		want    access
	}{
		{"nothing is known", connectFlags{}, []string{none}, access{url: defaultHub}},
		{"the file of a hub here", connectFlags{}, []string{local}, access{here, file, "file-token", file}},
		{"a token alone is for the guide's hub", connectFlags{}, []string{local, "JUPYTERHUB_TOKEN=t"}, access{defaultHub, "", "t", "JUPYTERHUB_TOKEN"}},
		{
			"the environment", connectFlags{},
			[]string{local, "JUPYTERHUB_URL=https://hub.example.org/", "JUPYTERHUB_TOKEN=t"},
			access{"https://hub.example.org", "JUPYTERHUB_URL", "t", "JUPYTERHUB_TOKEN"},
		},
		{"no token for another hub", connectFlags{}, []string{local, "JUPYTERHUB_URL=https://hub.example.org"}, access{url: "https://hub.example.org", urlFrom: "JUPYTERHUB_URL"}},
		{"the hub of the file, named", connectFlags{url: here}, []string{local}, access{here, "--url", "file-token", file}},
		{
			"flags", connectFlags{url: "http://a", token: "t"},
			[]string{local, "JUPYTERHUB_URL=http://b", "JUPYTERHUB_TOKEN=u"}, access{"http://a", "--url", "t", "--token"},
		},
		{
			"a file with a token", connectFlags{tokenFile: tokenFile}, []string{none, "JUPYTERHUB_TOKEN=u"},
			access{defaultHub, "", "read-token", "the file " + tokenFile},
		},
		{"an empty variable is none", connectFlags{}, []string{local, "JUPYTERHUB_URL=", "JUPYTERHUB_TOKEN= "}, access{here, file, "file-token", file}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.flags.find(&command.Env{Environ: c.environ})
			if err != nil {
				t.Fatal(err)
			}
			if got.token == "" {
				got.TokenFrom = ""
			}
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(access{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlainAndFar(t *testing.T) {
	for address, want := range map[string]bool{
		"http://localhost:30890": false, "http://127.0.0.1": false, "http://[::1]:8000": false, "https://hub.example.org": false,
		"http://hub.example.org": true, "http://10.0.0.7:8000": true, "http://hub.localhost:8000": false,
	} {
		if got := plainAndFar(address); got != want {
			t.Errorf("%s: %t, want %t", address, got, want)
		}
	}
}
