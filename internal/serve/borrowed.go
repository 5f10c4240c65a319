package serve

import "path/filepath"

// borrowed are the folders in which the Python package jupyterhub has its static files,
// as far as it is installed where notebook servers, or services that the hub runs, are.
func (p *parts) borrowed() []string {
	var environments []string
	if d, ok := p.driver.(interface{ Environment() string }); ok {
		if at := d.Environment(); at != "" {
			environments = append(environments, at)
		}
	}
	for _, s := range p.cfg.Services {
		if len(s.Command) > 0 && filepath.IsAbs(s.Command[0]) {
			environments = append(environments, filepath.Dir(filepath.Dir(s.Command[0])))
		}
	}
	for i, at := range environments {
		environments[i] = filepath.Join(at, "share", "jupyterhub", "static")
	}
	return environments
}
