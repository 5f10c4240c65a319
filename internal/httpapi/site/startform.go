package site

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/httpapi/endpoint"
	"github.com/atriumhub/atrium/internal/httpapi/pages"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/servers"
)

// problem is why the last try was refused; without a text nothing was.
type problem struct {
	status int
	text   string
}

// toChoose tells whether a person has something to choose before a start, or nothing that they could start.
func toChoose(o servers.Offer) bool {
	return o.Enabled && (len(o.Profiles) != 1 || len(o.Profiles[0].Options) > 0)
}

// sendToChoose sends a form that chose nothing, as a button of another page does, to where there is something to choose.
func (s *Handlers) sendToChoose(w http.ResponseWriter, r *http.Request, who *access.Requester, t target) (sent bool, err error) {
	offer, err := s.app.OfferedProfiles(r.Context(), who, t.user, t.server)
	if err != nil || !toChoose(offer) {
		return false, err
	}
	endpoint.Redirect(w, http.StatusSeeOther, s.choiceOf(r, t))
	return true, nil
}

// startForm is the page that offers a start, with what was asked for chosen: by a form or a link, or else by the
// last start.
func (s *Handlers) startForm(w http.ResponseWriter, r *http.Request, who *access.Requester, t target, fields url.Values, wrong problem) error {
	offer, err := s.app.OfferedProfiles(r.Context(), who, t.user, t.server)
	if err != nil {
		return err
	}
	p := pages.Start{
		Common: s.commonWithXSRF(w, r, who), Server: t.server, Owner: t.user, Error: wrong.text, Hides: hub.HidesDefault(t.server),
		Action:  endpoint.WithQuery(s.serverURL("spawn", t.user, t.server), r.URL.RawQuery, endpoint.XSRFCookie),
		Nothing: offer.Enabled && len(offer.Profiles) == 0,
	}
	chosen := offer.Last
	if asked, err := s.userOptions(fields); err != nil {
		return err
	} else if profiles.Slug(asked) != "" {
		chosen = asked
	}
	bill, err := s.billFor(r, who, t)
	if err != nil {
		return err
	}
	p.Profiles, p.Left = bill.cards(offer.Profiles, chosen), bill.left
	if minutes, err := profiles.Minutes(chosen); err == nil && minutes > 0 {
		p.Minutes = strconv.FormatInt(minutes, 10)
	}
	named := profiles.Slug(chosen)
	offered := slices.ContainsFunc(offer.Profiles, func(o profiles.Profile) bool { return o.Slug == named })
	switch {
	case !offer.Enabled || wrong.text != "":
	case r.Method == http.MethodGet && profiles.Consents(r.URL.Query()) && offered:
		p.Consent = s.choiceURL(r, t)
		p.Profiles = slices.DeleteFunc(p.Profiles, func(c pages.ProfileCard) bool { return !c.Chosen })
	case fields != nil && named != "" && !offered && !p.Nothing:
		p.Error = "The link asks for something that is not there, or not for this person. Choose here what to start."
	}
	return s.pages.Render(w, wrong.status, p)
}

// choiceURL is the page on which all can be chosen.
func (s *Handlers) choiceURL(r *http.Request, t target) string {
	return endpoint.WithQuery(s.serverURL("spawn", t.user, t.server), r.URL.RawQuery, endpoint.XSRFCookie, "autostart")
}

// bill says what servers cost their person.
type bill struct {
	rules quota.Config
	left  *pages.StartLeft // nil where there are no quotas, or whoever looks may not know it
}

// billFor is that of the person whose server it is.
func (s *Handlers) billFor(r *http.Request, who *access.Requester, t target) (b bill, err error) {
	if b.rules = s.app.QuotaRules(); !b.rules.Enabled {
		return b, nil
	}
	said, err := s.app.QuotaStatement(r.Context(), who, t.user, quota.StatementQuery{Limit: 1})
	if hub.Is(err, hub.Forbidden) || hub.Is(err, hub.NotFound) {
		return b, nil
	}
	b.left = &pages.StartLeft{
		Unlimited: said.Account.Unlimited, Available: hub.WholeCredits(said.Account.Available()),
		Held:  hub.WholeCredits(said.Account.Held + hub.CreditParts - 1),
		Given: len(b.rules.Refresh) > 0,
	}
	return b, err
}

// cost is what a server costs that is launched so; nil where it costs nothing.
func (b bill) cost(l hub.Launch) *pages.StartCost {
	minute := b.rules.RateOf(l)
	if minute <= 0 || b.left != nil && b.left.Unlimited {
		return nil
	}
	c := &pages.StartCost{Minute: minute, Least: max(b.rules.MinimumToStart, minute), Enough: -1}
	if b.left != nil {
		c.Enough = max(b.left.Available, 0) / minute
	}
	return c
}

// cards are the profiles as the page has them, with what is chosen.
func (b bill) cards(list []profiles.Profile, chosen json.RawMessage) []pages.ProfileCard {
	named := profiles.Slug(chosen)
	if !slices.ContainsFunc(list, func(p profiles.Profile) bool { return p.Slug == named }) {
		named = "" // the default one
	}
	out := make([]pages.ProfileCard, len(list))
	for i, p := range list {
		launch := p.Preset().Launch(hub.Launch{}, "")
		card := pages.ProfileCard{
			Slug: p.Slug, Name: p.Name, Description: p.Description, Icon: p.Icon,
			Chosen: p.Slug == named || named == "" && p.Default,
			Cost:   b.cost(launch), Most: launch.MaxTimeLimit / 60,
		}
		for _, o := range p.Options {
			choice, own := "", ""
			if card.Chosen {
				choice, own = profiles.Picked(chosen, o.Key)
			}
			option := cardOption(p.Slug, o, choice, own)
			for i := range option.Choices {
				cost := b.cost(p.PresetBut(o.Key, option.Choices[i].Key).Launch(hub.Launch{}, ""))
				if cost != nil && cost.Minute != card.Cost.Minute {
					option.Choices[i].Minute = cost.Minute
				}
			}
			card.Options = append(card.Options, option)
		}
		out[i] = card
	}
	return out
}

func cardOption(slug string, o profiles.Option, choice, own string) pages.CardOption {
	out := pages.CardOption{Name: o.Name}
	var ownField string
	out.Field, ownField = profiles.Field(slug, o.Key)
	is := func(c profiles.Choice) bool { return c.Key == choice }
	known := slices.ContainsFunc(o.Choices, is)
	if u := o.Unlisted; u != nil {
		out.Own = &pages.CardText{Field: ownField, Name: u.Name, InList: u.InList, Pick: profiles.Own, Hint: u.Mismatch, Value: own, Chosen: own != ""}
	} else {
		own = ""
	}
	for _, c := range o.Choices {
		out.Choices = append(out.Choices, pages.CardChoice{
			Key: c.Key, Name: c.Name, Description: c.Description, Chosen: own == "" && (known && is(c) || !known && c.Default),
		})
	}
	return out
}

// choiceOf is choiceURL for a form that did not choose, with what else it said.
func (s *Handlers) choiceOf(r *http.Request, t target) string {
	next := s.env.NextParam(r)
	if next == "" {
		next = s.env.SafeNext(r, endpoint.LastValue(r.PostForm, "next"))
	}
	u := endpoint.WithNext(endpoint.WithQuery(s.serverURL("spawn", t.user, t.server), r.URL.RawQuery, "next", endpoint.XSRFCookie, "autostart"), next)
	name := r.PostForm.Get("display_name")
	if name == "" {
		return u
	}
	return endpoint.WithQuery(u, url.Values{"display_name": {name}}.Encode())
}
