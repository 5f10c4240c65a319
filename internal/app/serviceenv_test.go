package app_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/hub"
)

func TestServiceEnv(t *testing.T) {
	f := newFixture(t, func(c *app.Config) { c.Base, c.ConnectURL = "/jupyter/", "http://127.0.0.1:8000" })
	common := map[string]string{
		"JUPYTERHUB_API_TOKEN": "secret", "JPY_API_TOKEN": "secret",
		"JUPYTERHUB_API_URL": "http://127.0.0.1:8000/jupyter/hub/api", "JUPYTERHUB_BASE_URL": "/jupyter/", "JUPYTERHUB_HOST": "",
		"JUPYTERHUB_CLIENT_ID":                   "service-wiki",
		"JUPYTERHUB_OAUTH_ACCESS_SCOPES":         `["access:services","access:services!service=wiki"]`,
		"JUPYTERHUB_OAUTH_SCOPES":                `["access:services","access:services!service=wiki"]`,
		"JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES": "[]",
		"JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED":  "0",
		"JUPYTERHUB_USER":                        "", "JUPYTERHUB_SERVER_NAME": "",
		"JUPYTERHUB_PUBLIC_URL": "", "JUPYTERHUB_PUBLIC_HUB_URL": "", "JUPYTERHUB_SERVICE_NAME": "wiki",
	}
	if diff := cmp.Diff(common, f.ServiceEnv(hub.Service{Name: "wiki"}, "secret", "", nil)); diff != "" {
		t.Error(diff)
	}
	common["JUPYTERHUB_SERVICE_URL"], common["JUPYTERHUB_SERVICE_PREFIX"] = "http://127.0.0.1:9", "/jupyter/services/wiki/"
	common["JUPYTERHUB_CLIENT_ID"], common["JUPYTERHUB_OAUTH_CALLBACK_URL"] = "service-other", "/jupyter/services/wiki/oauth_callback"
	common["JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES"] = `["read:users!user"]`
	common["JUPYTERHUB_API_URL"], common["OWN"], common["JUPYTERHUB_USER"] = "http://hub", "1", "www"
	got := f.ServiceEnv(hub.Service{
		Name: "wiki", URL: "http://127.0.0.1:9", ClientID: "service-other", RedirectURI: "/elsewhere", AllowedScopes: []string{"read:users!user"},
	}, "secret", "www", map[string]string{"JUPYTERHUB_API_URL": "http://hub", "JUPYTERHUB_SERVICE_NAME": "not-its", "OWN": "1"})
	if diff := cmp.Diff(common, got); diff != "" {
		t.Error(diff)
	}
}

// The address of the callback is where the service is behind the proxy, whatever is
// registered; one that is not there has none but that.
func TestManagedServiceIsToldThePathOfItsCallback(t *testing.T) {
	const whole = "https://hub.example.org/services/wiki/oauth_callback"
	label := func(kind, name string) string { return name + "--" + kind }
	for name, c := range map[string]struct {
		cfg     func(*app.Config)
		service hub.Service
		want    string
	}{
		"whole":              {func(*app.Config) {}, hub.Service{URL: "http://127.0.0.1:9", RedirectURI: whole}, "/services/wiki/oauth_callback"},
		"elsewhere":          {func(*app.Config) {}, hub.Service{URL: "http://127.0.0.1:9", RedirectURI: "https://wiki.example/login"}, "/services/wiki/oauth_callback"},
		"with a public URL":  {func(c *app.Config) { c.PublicURL = "https://hub.example.org" }, hub.Service{URL: "http://127.0.0.1:9", RedirectURI: whole}, "/services/wiki/oauth_callback"},
		"its own domain":     {func(c *app.Config) { c.PublicURL, c.Label = "https://hub.example.org", label }, hub.Service{URL: "http://127.0.0.1:9", RedirectURI: whole}, "https://wiki--service.hub.example.org/services/wiki/oauth_callback"},
		"not behind the hub": {func(*app.Config) {}, hub.Service{RedirectURI: "https://wiki.example/login"}, "https://wiki.example/login"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, c.cfg)
			c.service.Name, c.service.ClientID = "wiki", "service-wiki"
			if got := f.ServiceEnv(c.service, "secret", "", nil)["JUPYTERHUB_OAUTH_CALLBACK_URL"]; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
