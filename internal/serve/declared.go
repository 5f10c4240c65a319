package serve

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"

	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/serve/setup"
)

// declared is what the configuration says there is.
func declared(cfg config.Config) (bootstrap.Declared, error) {
	d := bootstrap.Declared{Admin: cfg.Admin.Username}
	for _, r := range cfg.Roles {
		d.Roles = append(d.Roles, bootstrap.DeclaredRole{Name: r.Name, Users: r.Users, Groups: r.Groups, Services: r.Services})
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.Groups)) {
		g := cfg.Groups[name]
		d.Groups = append(d.Groups, bootstrap.DeclaredGroup{Name: name, Users: g.Users, Properties: json.RawMessage(g.Properties)})
	}
	for _, s := range cfg.Services {
		token, err := setup.ServiceToken(s)
		if err != nil {
			return d, err
		}
		d.Services = append(d.Services, bootstrap.DeclaredService{Service: serviceOf(siteOf(cfg), s), Token: token})
	}
	return d, nil
}

// serviceOf is a configured service with JupyterHub 6.1.1's defaults: whoever has a
// URL, or an address to send people back to, has an OAuth client.
func serviceOf(site hub.Site, s config.Service) hub.Service {
	v := hub.Service{
		Name: s.Name, Admin: s.Admin, URL: s.URL, Display: s.Display, Info: json.RawMessage(s.Info),
		Managed: len(s.Command) > 0, Command: s.Command, NoConfirm: s.NoConfirm, AllowedScopes: s.AllowedScopes,
	}
	if s.URL != "" || s.RedirectURI != "" {
		v.ClientID = cmp.Or(s.ClientID, "service-"+s.Name)
		v.RedirectURI = cmp.Or(s.RedirectURI, site.ServiceURL(s.Name)+"oauth_callback")
	}
	return v
}
