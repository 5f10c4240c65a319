package setup

import (
	"fmt"
	"maps"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/hub/scopes"
)

// RightsFaults is all that is wrong with custom scopes, roles and the scopes of services
// and notebook servers.
func RightsFaults(cfg config.Config) (faults []config.Fault) {
	add := func(key, format string, args ...any) {
		faults = append(faults, config.Fault{Key: key, Text: fmt.Sprintf(format, args...)})
	}
	custom := cfg.CustomScopes()
	for _, name := range slices.Sorted(maps.Keys(custom)) {
		if err := scopes.CheckCustom(name, custom); err != nil {
			add("custom_scopes."+name, "custom_scopes: %v", err)
			delete(custom, name)
		}
	}
	rights, err := access.NewRights(custom, nil)
	if err != nil {
		return faults // of one that included what was left out
	}
	check := func(key, where string, list []string) (good bool) {
		good = true
		for _, scope := range list {
			if _, _, err := rights.Parse(scope); err != nil {
				add(key, "%s: %v", where, err)
				good = false
			}
		}
		return good
	}
	seen := map[string]bool{}
	for i, role := range cfg.RoleDefinitions() {
		at := fmt.Sprintf("roles.%d", i)
		if seen[role.Name] {
			add(at, "roles: %s is declared twice", role.Name)
		}
		seen[role.Name] = true
		if !check(at+".scopes", "roles: "+role.Name, role.Scopes) || role.Name == "" {
			continue
		}
		if _, err := access.NewRights(custom, []scopes.Role{role}); err != nil {
			add(at, "roles: %v", err)
		}
	}
	check("spawner.oauth_client_allowed_scopes", "spawner.oauth_client_allowed_scopes", cfg.Spawner.ClientScopes)
	check("spawner.server_token_scopes", "spawner.server_token_scopes", cfg.Spawner.TokenScopes)
	for i, s := range cfg.Services {
		check(fmt.Sprintf("services.%d.oauth_client_allowed_scopes", i), "services: "+s.Name+": oauth_client_allowed_scopes", s.AllowedScopes)
	}
	return faults
}

// Rights is the roles and custom scopes of a configuration, or what is wrong with
// them.
func Rights(cfg config.Config) (*access.Rights, error) {
	if err := cfg.Told(RightsFaults(cfg)); err != nil {
		return nil, err
	}
	rights, err := access.NewRights(cfg.CustomScopes(), cfg.RoleDefinitions())
	if err != nil {
		return nil, hub.Errorf(hub.Invalid, "The configuration's roles: %w", err)
	}
	return rights, nil
}
