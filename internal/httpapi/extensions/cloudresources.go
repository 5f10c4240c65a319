package extensions

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
)

// keyGPUSelection is the option by which the Learning Cloud's start page chooses an accelerator.
const keyGPUSelection = "gpu_selection"

// otherResources is the group in which the Learning Cloud shows what has none.
const otherResources = "OTHERS"

func (a *API) cloudResourceRoutes() []endpoint.Route {
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/api/accelerators", Operation: "get-accelerators", OwnXSRF: true, Cloud: true, Handle: a.getAccelerators},
		{Method: http.MethodGet, Pattern: "/api/resources", Operation: "get-resources", OwnXSRF: true, Cloud: true, Scopes: []string{"start:servers"}, Handle: a.getResources},
	}
}

type cloudAccelerator struct {
	DisplayName  string            `json:"displayName"`
	Description  string            `json:"description"`
	NodeSelector map[string]string `json:"nodeSelector"` // of a cluster: empty
	Env          map[string]string `json:"env"`          // likewise
	QuotaRate    int64             `json:"quotaRate"`
}

// getAccelerators lists what is declared, for whoever is logged in.
func (a *API) getAccelerators(w http.ResponseWriter, _ *http.Request, who *access.Requester) error {
	if !who.Known() {
		return hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	rules := a.app.QuotaRules()
	all := map[string]cloudAccelerator{}
	for name, acc := range rules.Accelerators {
		all[name] = cloudAccelerator{
			DisplayName: cmp.Or(acc.Name, name), Description: acc.Description, QuotaRate: cmp.Or(rules.Rates[name], rules.Rate),
			NodeSelector: map[string]string{}, Env: map[string]string{},
		}
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"accelerators": all})
	return nil
}

type cloudResource struct {
	Key          string            `json:"key"`
	Image        string            `json:"image"`
	Requirements map[string]string `json:"requirements"`
	Metadata     cloudMetadata     `json:"metadata"`
}

type cloudMetadata struct {
	Group           string            `json:"group"`
	Description     string            `json:"description"`
	SubDescription  string            `json:"subDescription"`
	Accelerator     string            `json:"accelerator"`
	AcceleratorKeys []string          `json:"acceleratorKeys"`
	AllowGitClone   bool              `json:"allowGitClone"`
	Env             map[string]string `json:"env"`
}

// getResources lists the profiles that the requester may start, as the Learning Cloud lists resources. Unlike there, what is not for
// them is not listed. Those who are nobody's, as services, may start none of their own.
func (a *API) getResources(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	if !who.Known() {
		return hub.Errorf(hub.Forbidden, access.MsgNoCredentials)
	}
	list := []cloudResource{}
	if !who.IsService() {
		offer, err := a.app.OfferedProfiles(r.Context(), who, who.User.Name, "")
		if err != nil {
			return err
		}
		for _, p := range offer.Profiles {
			list = append(list, resourceOf(p))
		}
	}
	groups := []model{}
	if len(list) > 0 {
		groups = append(groups, model{"name": otherResources, "displayName": "Others", "resources": list})
	}
	endpoint.WriteJSON(w, http.StatusOK, model{
		"resources": list, "groups": groups, "acceleratorKeys": slices.Sorted(maps.Keys(a.app.QuotaRules().Accelerators)),
		"allowedGitProviders": []string{}, "githubAppName": "", "allowPersistenceChoice": false, "defaultPersistence": true,
	})
	return nil
}

// resourceOf is a profile with its default choices.
func resourceOf(p profiles.Profile) cloudResource {
	preset := p.Preset()
	launch := preset.Launch(hub.Launch{}, "")
	res := cloudResource{Key: p.Slug, Image: launch.Image, Requirements: map[string]string{}, Metadata: cloudMetadata{
		Group: otherResources, Description: cmp.Or(p.Name, p.Slug), SubDescription: p.Description, Accelerator: launch.Accelerator,
		AcceleratorKeys: []string{}, Env: map[string]string{},
	}}
	if launch.Limits.CPU > 0 {
		res.Requirements["cpu"] = strconv.FormatFloat(launch.Limits.CPU, 'f', -1, 64)
	}
	if m := launch.Limits.Memory; m > 0 {
		res.Requirements["memory"] = sizeOf(m)
		res.Requirements["memory_limit"] = sizeOf(m)
	}
	for kind, n := range preset.Devices() {
		res.Requirements[kind] = strconv.Itoa(n)
	}
	at := slices.IndexFunc(p.Options, func(o profiles.Option) bool { return o.Key == keyGPUSelection })
	switch {
	case at >= 0:
		for _, c := range p.Options[at].Choices {
			res.Metadata.AcceleratorKeys = append(res.Metadata.AcceleratorKeys, c.Key)
		}
	case launch.Accelerator != "":
		res.Metadata.AcceleratorKeys = []string{launch.Accelerator}
	}
	return res
}

// sizeOf is a number of bytes as Kubernetes writes it.
func sizeOf(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"Gi", 1 << 30}, {"Mi", 1 << 20}} {
		if n%unit.size == 0 {
			return fmt.Sprintf("%d%s", n/unit.size, unit.name)
		}
	}
	return strconv.FormatInt(n, 10)
}
