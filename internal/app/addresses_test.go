package app_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
	"github.com/atriumhub/atrium/internal/subdomain"
)

// The addresses that a notebook server is told, as JupyterHub 6.1.1 tells them.
func TestServersAreToldTheirAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*app.Config)
		want   map[string]string
	}{
		"below a path": {
			func(c *app.Config) { c.Base = "/jupyter/" },
			map[string]string{
				"JUPYTERHUB_BASE_URL": "/jupyter/", "JUPYTERHUB_HOST": "", "JUPYTERHUB_SERVICE_PREFIX": "/jupyter/user/ann/lab/",
				"JUPYTERHUB_API_URL":            "http://127.0.0.1:8000/jupyter/hub/api",
				"JUPYTERHUB_OAUTH_CALLBACK_URL": "/jupyter/user/ann/lab/oauth_callback",
				"JUPYTERHUB_PUBLIC_URL":         "", "JUPYTERHUB_PUBLIC_HUB_URL": "",
			},
		},
		"with a public URL": {
			func(c *app.Config) { c.PublicURL = "https://hub.example" },
			map[string]string{
				"JUPYTERHUB_BASE_URL": "/", "JUPYTERHUB_HOST": "https://hub.example", "JUPYTERHUB_SERVICE_PREFIX": "/user/ann/lab/",
				"JUPYTERHUB_API_URL":            "http://127.0.0.1:8000/hub/api",
				"JUPYTERHUB_OAUTH_CALLBACK_URL": "/user/ann/lab/oauth_callback",
				"JUPYTERHUB_PUBLIC_URL":         "https://hub.example/user/ann/lab/", "JUPYTERHUB_PUBLIC_HUB_URL": "https://hub.example/hub/",
			},
		},
		"with a domain for each person": {
			func(c *app.Config) {
				c.Base, c.PublicURL, c.Label = "/jupyter/", "https://hub.example:8443", subdomain.Label
			},
			map[string]string{
				"JUPYTERHUB_BASE_URL": "/jupyter/", "JUPYTERHUB_HOST": "https://hub.example:8443", "JUPYTERHUB_SERVICE_PREFIX": "/jupyter/user/ann/lab/",
				"JUPYTERHUB_API_URL":            "http://127.0.0.1:8000/jupyter/hub/api",
				"JUPYTERHUB_OAUTH_CALLBACK_URL": "https://ann.hub.example:8443/jupyter/user/ann/lab/oauth_callback",
				"JUPYTERHUB_PUBLIC_URL":         "https://ann.hub.example:8443/jupyter/user/ann/lab/",
				"JUPYTERHUB_PUBLIC_HUB_URL":     "https://hub.example:8443/jupyter/hub/",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, func(conf *app.Config) {
				conf.ConnectURL, conf.NamedLimit = "http://127.0.0.1:8000", 10
				c.change(conf)
			})
			admin := f.admin()
			f.create("ann")
			s, err := f.StartServer(t.Context(), admin, "ann", "lab", servers.StartRequest{})
			if err != nil {
				t.Fatal(err)
			}
			run, err := f.BeginRun(t.Context(), s, servers.Lease{Owner: "test", Node: "node"})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			for name := range c.want {
				got[name] = run.Env[name]
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			var client hub.OAuthClient
			err = f.DB.View(t.Context(), func(tx data.Tx) (err error) {
				client, err = tx.OAuthClient(t.Context(), run.Server.ClientID)
				return err
			})
			if err != nil || client.RedirectURI != c.want["JUPYTERHUB_OAUTH_CALLBACK_URL"] {
				t.Errorf("the client goes back to %q (%v)", client.RedirectURI, err)
			}
		})
	}
}
