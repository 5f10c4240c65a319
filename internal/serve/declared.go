package serve

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
)

// rightsOf is the roles and custom scopes of a configuration, or what is wrong with
// them.
func rightsOf(cfg config.Config) (*access.Rights, error) {
	if err := cfg.Told(rightsFaults(cfg)); err != nil {
		return nil, err
	}
	rights, err := access.NewRights(cfg.CustomScopes(), cfg.RoleDefinitions())
	if err != nil {
		return nil, hub.Errorf(hub.Invalid, "The configuration's roles: %w", err)
	}
	return rights, nil
}

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
		token, err := serviceToken(s)
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

func serviceToken(s config.Service) (string, error) {
	if s.APITokenFile == "" {
		return string(s.APIToken), nil
	}
	b, err := os.ReadFile(s.APITokenFile)
	if err != nil {
		return "", hub.Wrap(hub.Invalid, err, fmt.Sprintf("services: %s: api_token_file cannot be read: %v", s.Name, err))
	}
	token := strings.TrimSpace(string(b))
	if len(token) < 8 {
		return "", hub.Errorf(hub.Invalid, "services: %s: the token in api_token_file is too short; use at least 8 characters", s.Name)
	}
	return token, nil
}
