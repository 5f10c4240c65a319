package serve

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/config"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/serve/setup"
	"github.com/atriumhub/atrium/internal/supervisor"
)

// serviceRunner runs services until ctx ends.
type serviceRunner interface{ Run(ctx context.Context) }

// buildServices prepares the services that the hub runs.
func (p *parts) buildServices(ctx context.Context, d bootstrap.Declared) error {
	s := supervisor.New(supervisor.Options{Services: managedServices(p.env, p.cfg, d, p.app), Clock: hub.SystemClock, Logger: p.log})
	if err := s.Check(ctx); err != nil {
		return err
	}
	p.services = s
	p.app.OnServicePID(s.PID)
	return nil
}

// withTokens gives each service that the hub runs, and for which the configuration has no
// token, the one that all hubs on this database give it: each runs a process of it, and none
// takes the others' token away when it starts.
func (p *parts) withTokens(ctx context.Context, d bootstrap.Declared) (bootstrap.Declared, error) {
	key, err := p.app.Secret(ctx, "services.key")
	if err != nil {
		return d, err
	}
	for i, v := range d.Services {
		if v.Managed && v.Token == "" {
			d.Services[i].Token = sharedToken(key, v.Name)
		}
	}
	return d, nil
}

// sharedToken is a service's token, as long as the hub has the key. It has the form of hub.NewToken.
func sharedToken(key, name string) string {
	mac := hmac.New(sha256.New, []byte(key))
	_, _ = mac.Write([]byte("token of the service " + name)) // never fails
	return hub.TokenPrefix + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// managedServices are the services that the hub runs.
func managedServices(e *command.Env, cfg config.Config, d bootstrap.Declared, a *app.App) []supervisor.Service {
	kept := map[string]string{"PATH": setup.ServicePath}
	for _, name := range append([]string{"HOME"}, cfg.Spawner.Local.EnvKeep...) {
		if value, ok := e.Lookup(name); ok {
			kept[name] = value
		}
	}
	var list []supervisor.Service
	for i, s := range cfg.Services {
		v := d.Services[i] // in the same order
		if !v.Managed {
			continue
		}
		env := a.ServiceEnv(v.Service, v.Token, s.User, s.Environment)
		for name, value := range kept {
			if _, own := env[name]; !own {
				env[name] = value
			}
		}
		list = append(list, supervisor.Service{
			Name: s.Name, Command: s.Command, Env: env, Dir: s.Cwd, User: s.User, Secret: v.Token,
		})
	}
	return list
}
