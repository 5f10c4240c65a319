package serve

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
)

// checkExposure says when everybody's notebooks run as one account, which can read
// the hub's own files, and refuses to serve others then; and where each was to have an
// account of their own.
func checkExposure(e *command.Env, cfg config.Config, uid int) error {
	if uid == 0 {
		return nil
	}
	if cfg.Spawner.Local.SystemUsers {
		return hub.Errorf(hub.Invalid, "spawner.local.system_users: only a hub that runs as root can start servers as other accounts, "+
			"and this one was started as uid %d. Start it as root, or remove the key.", uid)
	}
	way := wayIn(cfg)
	if cfg.Spawner.Local.SharedUID || way == "" {
		fmt.Fprintln(e.Err, "atrium: warning: not started as root, so all notebook servers run as the hub's own account: "+
			"whoever has one can read everybody's files and the hub's. Fine for yourself; for others, start it as root.")
		return nil
	}
	return hub.Errorf(hub.Invalid, "The hub is reachable from other machines (%s), but not started as root it runs everybody's notebooks as its own account, "+
		"so anybody could read everybody's files and the hub's. Start it as root, let only this machine reach it, "+
		"or set spawner.local.shared_uid: true if all who log in may see everything.", way)
}

// wayIn is the setting by which others than those on this machine reach the hub: where
// it listens on loopback alone, a proxy in front of it. Empty where they don't.
func wayIn(cfg config.Config) string {
	if !config.Loopback(cfg.Listen) {
		return "listen: " + cfg.Listen
	}
	if u, err := url.Parse(cfg.PublicOrigin()); err == nil && u.Host != "" && !config.LocalHost(u.Hostname()) {
		return "public_url: " + cfg.PublicURL
	}
	if given := cfg.TrustedProxies; len(given) > 0 && !slices.Equal(given, config.Default().TrustedProxies) {
		return "trusted_proxies: " + strings.Join(given, ", ")
	}
	return ""
}
