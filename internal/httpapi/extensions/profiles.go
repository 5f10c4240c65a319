package extensions

import (
	"net/http"
	"slices"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/quota"
)

func (a *API) profileRoutes() []endpoint.Route {
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/api/profiles", Operation: "get-profiles", Scopes: []string{"start:servers"}, Handle: a.getProfiles},
	}
}

type profileModel struct {
	Slug        string        `json:"slug"`
	Name        string        `json:"display_name"`
	Description string        `json:"description"`
	Icon        string        `json:"icon"`
	Default     bool          `json:"default"`
	Accelerator string        `json:"accelerator"`
	QuotaRate   *int64        `json:"quota_rate"` // that it names itself
	Rate        *int64        `json:"rate"`       // with its default choices; null without quotas
	Options     []optionModel `json:"options"`
}

type optionModel struct {
	Key      string         `json:"key"`
	Name     string         `json:"display_name"`
	Choices  []choiceModel  `json:"choices"`
	Unlisted *unlistedModel `json:"unlisted_choice"`
}

type choiceModel struct {
	Key         string `json:"key"`
	Name        string `json:"display_name"`
	Description string `json:"description"`
	Default     bool   `json:"default"`
	Accelerator string `json:"accelerator"`
	QuotaRate   *int64 `json:"quota_rate"`
}

type unlistedModel struct {
	Name     string `json:"display_name"`
	InList   string `json:"display_name_in_choices"`
	Pattern  string `json:"validation_regex"`
	Mismatch string `json:"validation_message"`
}

// getProfiles is what somebody may start: the requester, or whose server is named.
func (a *API) getProfiles(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	query := r.URL.Query()
	name, server := query.Get("user"), query.Get("server")
	if name == "" && who.Known() && !who.IsService() {
		name = who.User.Name
	}
	offer, err := a.app.OfferedProfiles(r.Context(), who, name, server)
	if err == nil {
		err = onlyKeys(query, "user", "server")
	}
	if err != nil {
		return err
	}
	last := any(nil)
	if len(offer.Last) > 0 && string(offer.Last) != "{}" {
		last = offer.Last
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"enabled": offer.Enabled, "profiles": profileModels(offer.Profiles, a.app.QuotaRules()), "last": last})
	return nil
}

// onlyKeys refuses a query that asks for more than there is.
func onlyKeys(query map[string][]string, known ...string) error {
	for key := range query {
		if !slices.Contains(known, key) {
			return hub.Errorf(hub.Invalid, "unknown parameter %s", hub.Clip(key))
		}
	}
	return nil
}

func profileModels(list []profiles.Profile, rules quota.Config) []profileModel {
	models := make([]profileModel, len(list))
	for i, p := range list {
		m := profileModel{
			Slug: p.Slug, Name: p.Name, Description: p.Description, Icon: p.Icon, Default: p.Default,
			Accelerator: p.Sets.Accelerator, QuotaRate: rateOrNil(p.Sets.Rate), Rate: rateOrNil(rules.RateOf(p.Preset().Launch(hub.Launch{}, ""))),
			Options: make([]optionModel, len(p.Options)),
		}
		for j, o := range p.Options {
			m.Options[j] = optionModelOf(o)
		}
		models[i] = m
	}
	return models
}

// rateOrNil is a rate, or nil where there is none.
func rateOrNil(rate int64) *int64 {
	if rate == 0 {
		return nil
	}
	return &rate
}

func optionModelOf(o profiles.Option) optionModel {
	m := optionModel{Key: o.Key, Name: o.Name, Choices: make([]choiceModel, len(o.Choices))}
	for i, c := range o.Choices {
		m.Choices[i] = choiceModel{c.Key, c.Name, c.Description, c.Default, c.Sets.Accelerator, rateOrNil(c.Sets.Rate)}
	}
	if u := o.Unlisted; u != nil {
		m.Unlisted = &unlistedModel{u.Name, u.InList, u.Pattern, u.Mismatch}
	}
	return m
}
