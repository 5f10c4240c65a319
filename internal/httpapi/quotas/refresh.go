package quotas

import (
	"net/http"
	"time"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/quota"
)

// What a request for a refresh may hold, as the Learning Cloud limits it.
const (
	maxRuleName = 100
	maxTargets  = 1000
	maxPattern  = 500
)

func (a *API) refreshRoutes() []endpoint.Route {
	return []endpoint.Route{
		{Method: http.MethodGet, Pattern: "/api/quota/refresh", Operation: "get-quota-refresh", Scopes: quota.ReadScopes(), OwnXSRF: true, Handle: a.rules},
		{Method: http.MethodPost, Pattern: "/admin/api/quota/refresh", Operation: "post-quota-refresh", Scopes: quota.AdminScopes(), Handle: a.refresh},
	}
}

// rules lists the rules of the configuration, and how far they are.
func (a *API) rules(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	list, err := a.app.RefreshRules(r.Context(), who)
	if err != nil {
		return err
	}
	models := make([]model, len(list))
	for i, x := range list {
		m := refreshModel(x.Refresh)
		m["name"], m["schedule"], m["time_zone"], m["catch_up"], m["per"], m["window"] = x.Name, nil, nil, x.CatchUp, spanOf(x.Per), spanOf(x.Window)
		if x.Every() == 0 {
			m["schedule"], m["time_zone"] = x.Schedule.String(), x.Schedule.Zone().String()
		}
		m["next"], m["last"] = endpoint.Timestamp(x.Next), nil
		if !x.At.IsZero() {
			m["last"] = model{
				"at": endpoint.Timestamp(x.At), "due": endpoint.Timestamp(x.Until), "users_updated": x.Done.Updated,
				"total_change": hub.WholeCredits(x.Done.Total), "skipped": x.Done.Skipped,
			}
		}
		models[i] = m
	}
	endpoint.WriteJSON(w, http.StatusOK, model{"rules": models})
	return nil
}

// spanOf is a time span in seconds; nil where there is none.
func spanOf(d time.Duration) any {
	if d == 0 {
		return nil
	}
	return int64(d / time.Second)
}

// refreshModel is what a refresh does.
func refreshModel(f quota.Refresh) model {
	t := f.Targets
	targets := model{"includeUnlimited": t.Unlimited, "balanceBelow": t.Below, "balanceAbove": t.Above, "usernamePattern": nil}
	for key, list := range map[string][]string{"includeUsers": t.Users, "excludeUsers": t.Except, "groups": t.Groups} {
		if targets[key] = list; list == nil {
			targets[key] = []string{}
		}
	}
	if t.Pattern != nil {
		targets["usernamePattern"] = quota.PatternText(t.Pattern)
	}
	return model{"action": f.Action, "amount": f.Amount, "max_balance": f.Most, "min_balance": f.Least, "targets": targets}
}

// refresh does a refresh now: what the request says, or a rule of the configuration that it names alone.
func (a *API) refresh(w http.ResponseWriter, r *http.Request, who *access.Requester) error {
	o, key, err := readQuotaBody(r)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayChangeQuota(who), err)
	}
	name, f, dry, err := a.readRefresh(o)
	if err != nil {
		return endpoint.RefusalOr(a.app.MayChangeQuota(who), err)
	}
	done, err := a.app.RefreshNow(r.Context(), who, name, key, f, dry)
	if err != nil {
		return err
	}
	out := model{
		"users_updated": done.Updated, "total_change": hub.WholeCredits(done.Total), "exact_change": hub.ExactCredits(done.Total),
		"skipped": done.Skipped, "action": f.Action, "rule_name": name, "dry_run": dry,
	}
	if dry {
		changes := make([]model, len(done.Changes))
		for i, x := range done.Changes {
			changes[i] = model{
				"username": x.Username, "before": hub.WholeCredits(x.Before), "after": hub.WholeCredits(x.After),
				"exact_before": hub.ExactCredits(x.Before), "exact_after": hub.ExactCredits(x.After),
			}
		}
		out["changes"] = changes
	}
	endpoint.WriteJSON(w, http.StatusOK, out)
	return nil
}

func (a *API) readRefresh(o endpoint.JSONObject) (name string, f quota.Refresh, dry bool, err error) {
	if err := o.CheckKeys("rule_name", "action", "amount", "max_balance", "min_balance", "targets", "dry_run"); err != nil {
		return "", f, false, err
	}
	given := false
	if name, given, err = o.StringField("rule_name"); err != nil {
		return "", f, false, err
	}
	if len(name) > maxRuleName {
		return "", f, false, hub.Errorf(hub.Invalid, "rule_name is longer than %d bytes", maxRuleName)
	}
	if !given {
		name = "manual"
	}
	only, err := o.BoolField("dry_run")
	if err != nil {
		return "", f, false, err
	}
	dry = only != nil && *only
	if rule, known := a.app.Rule(name); given && known && o["amount"] == nil {
		if err := o.CheckKeys("rule_name", "dry_run"); err != nil {
			return "", f, false, err
		}
		if rule.Every() > 0 {
			return "", f, false, hub.Errorf(hub.Invalid, "The rule %s gives by itself what it has to give", name)
		}
		return name, rule.Refresh, dry, nil
	}
	f, err = refreshOf(o)
	return name, f, dry, err
}

// refreshOf reads what is to be done.
func refreshOf(o endpoint.JSONObject) (f quota.Refresh, err error) {
	action, given, err := o.StringField("action")
	if err != nil {
		return f, err
	}
	if f.Action = quota.Add; given {
		f.Action = quota.Action(action)
	}
	if f.Amount, err = endpoint.WholeCredits(o, "amount"); err != nil {
		return f, err
	}
	if f.Most, err = perhaps(o, "max_balance"); err != nil {
		return f, err
	}
	least, err := perhaps(o, "min_balance")
	if err != nil {
		return f, err
	}
	if least != nil {
		f.Least = *least
	}
	if f.Targets, err = targetsOf(o); err != nil {
		return f, err
	}
	return f, f.Check()
}

// perhaps reads whole credits that may be left out, or null.
func perhaps(o endpoint.JSONObject, key string) (*int64, error) {
	if o[key] == nil || string(o[key]) == "null" {
		return nil, nil //nolint:nilnil // there is none
	}
	n, err := endpoint.WholeCredits(o, key)
	return &n, err
}

// targetsOf reads for whom it is; everybody, where nothing is said.
func targetsOf(o endpoint.JSONObject) (t quota.Targets, err error) {
	if o["targets"] == nil || string(o["targets"]) == "null" {
		return t, nil
	}
	of, ok := endpoint.AsObject(o["targets"])
	if !ok {
		return t, hub.Errorf(hub.Invalid, "targets must be an object")
	}
	if err := of.CheckKeys("includeUnlimited", "balanceBelow", "balanceAbove", "includeUsers", "excludeUsers", "usernamePattern", "groups"); err != nil {
		return t, err
	}
	unlimited, err := of.BoolField("includeUnlimited")
	if err != nil {
		return t, err
	}
	t.Unlimited = unlimited != nil && *unlimited
	for key, into := range map[string]**int64{"balanceBelow": &t.Below, "balanceAbove": &t.Above} {
		if *into, err = perhaps(of, key); err != nil {
			return t, err
		}
	}
	if t.Groups, err = of.StringsField("groups"); err != nil {
		return t, err
	}
	for key, into := range map[string]*[]string{"includeUsers": &t.Users, "excludeUsers": &t.Except} {
		if *into, err = namesOf(of, key); err != nil {
			return t, err
		}
	}
	return t, patternOf(of, &t)
}

func namesOf(o endpoint.JSONObject, key string) ([]string, error) {
	list, err := o.StringsField(key)
	if err == nil && len(list) > maxTargets {
		err = hub.Errorf(hub.Invalid, "%s: there are %d people; %d at most", key, len(list), maxTargets)
	}
	if err != nil {
		return nil, err
	}
	for i, raw := range list {
		if list[i], err = hub.UserName(raw); err != nil {
			return nil, hub.Errorf(hub.Invalid, "%s: %v", key, err)
		}
	}
	return list, nil
}

func patternOf(o endpoint.JSONObject, t *quota.Targets) error {
	text := ""
	if o["usernamePattern"] != nil && string(o["usernamePattern"]) != "null" {
		var err error
		if text, _, err = o.StringField("usernamePattern"); err != nil {
			return err
		}
	}
	if len(text) > maxPattern {
		return hub.Errorf(hub.Invalid, "usernamePattern is longer than %d bytes", maxPattern)
	}
	if text == "" {
		return nil
	}
	var err error
	if t.Pattern, err = quota.NamePattern(text); err != nil {
		return hub.Errorf(hub.Invalid, "usernamePattern is not understood: write one without looking ahead or back, and without references")
	}
	return nil
}
