package config

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// hubProfile is a profile of ApplicationHub's config.yml; what else it may hold is only known to Kubernetes.
type hubProfile struct {
	ID         string   `yaml:"id"`
	Groups     []string `yaml:"groups"`
	DefaultURL string   `yaml:"default_url"`
}

// applicationHubOnly are keys that take a cluster.
func applicationHubOnly(word string) bool {
	switch word {
	case "node_selector", "config_maps", "volumes", "init_containers", "image_pull_secrets", "role_bindings", "manifests",
		"env_from_config_maps", "env_from_secrets", "secret_mounts":
		return true
	}
	return false
}

// applicationHub reads a profile in ApplicationHub's form. What stands in its definition is noted as if it
// stood beside it, and so are faults.
func (r *reader) applicationHub(key, id string, n *yaml.Node) (p Profile) {
	var own hubProfile
	rest := *n
	rest.Content = nil
	for _, pair := range r.pairs(key+".", n) {
		switch {
		case pair.word == "definition":
			if item, ok := r.resolve(key+".definition", pair.value); ok {
				r.refuseTemplates(key+".definition", item)
				r.withSettings(key+".definition", id, item, &p, &p.Sets)
			}
		case pair.word == "pod_env_vars":
			r.note(id+".environment", pair.key)
			r.refuseTemplates(key+".pod_env_vars", pair.value)
			r.podEnv(&p.Sets, value{r, key + ".pod_env_vars", pair.value})
		case applicationHubOnly(pair.word):
			if !vacant(pair.value) {
				r.note(id+"."+pair.word, pair.key)
				p.Sets.Foreign = append(p.Sets.Foreign, pair.word)
			}
		default:
			rest.Content = append(rest.Content, pair.key, pair.value)
		}
	}
	r.section(key+".", id+".", &rest, reflectOf(&own))
	p.Groups, p.shaped = append(p.Groups, own.Groups...), shapeApplicationHub
	if own.DefaultURL != "" {
		p.Sets.DefaultURL = &own.DefaultURL
	}
	return p
}

// podEnv reads variables. One that comes from a config map would be read by a cluster.
func (r *reader) podEnv(s *Settings, v value) {
	n, ok := r.resolve(v.key, v.node)
	if !ok || empty(n) {
		return
	}
	plain := *n
	plain.Content = nil
	for _, p := range r.peek(n) {
		if p.value.Kind == yaml.MappingNode {
			r.fault(p.key, v.key+"."+p.word, "a value from a config map takes a cluster; write the text itself")
			continue
		}
		plain.Content = append(plain.Content, p.key, p.value)
	}
	s.Environment = value{r, v.key, &plain}.variables()
}

// vacant tells whether nothing is asked for: null, {}, [].
func vacant(n *yaml.Node) bool { return empty(n) || n.Kind != yaml.ScalarNode && len(n.Content) == 0 }

// refuseTemplates finds fault with texts that ApplicationHub would fill in with Jinja.
func (r *reader) refuseTemplates(key string, n *yaml.Node) {
	for _, child := range n.Content {
		if child.Kind == yaml.ScalarNode && strings.Contains(child.Value, "{{") {
			r.fault(child, key, "a text with {{ … }} is not filled in; write what is meant")
		}
		r.refuseTemplates(key, child)
	}
}
