package site_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/quota"
	"github.com/atriumhub/atrium/internal/schedule"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// classroom is a hub with profiles, on which bob is in a course and tess its tutor.
func classroom(t *testing.T) (h *httpapitest.Hub, ann, bob, tess *httpapitest.Visitor) {
	t.Helper()
	h = httpapitest.NewWithPages(t, httpapitest.Classroom(t))
	b, s := h.User("bob", false), h.User("tess", false)
	h.Password(b, "bob's password")
	h.Password(s, "tess's password")
	h.Group("cs101", b, s)
	h.Group("tutors", s)
	return h, h.LoggedIn("ann", "ann's password"), h.LoggedIn("bob", "bob's password"), h.LoggedIn("tess", "tess's password")
}

// ofForm is what a page's form would send if nobody changed anything, and all that could be chosen.
func ofForm(page string) (sent, offered url.Values) {
	sent, offered = url.Values{}, url.Values{}
	for _, m := range regexp.MustCompile(`<input type="(radio|hidden)" name="([^"]*)" value="([^"]*)"( checked)?`).FindAllStringSubmatch(page, -1) {
		offered.Add(m[2], m[3])
		if m[1] == "hidden" || m[4] != "" {
			sent.Add(m[2], m[3])
		}
	}
	for _, m := range regexp.MustCompile(`(?s)<select class="input" id="[^"]*" name="([^"]*)">(.*?)</select>`).FindAllStringSubmatch(page, -1) {
		for _, o := range regexp.MustCompile(`<option value="([^"]*)"( selected)?`).FindAllStringSubmatch(m[2], -1) {
			offered.Add(m[1], o[1])
			if o[2] != "" {
				sent.Add(m[1], o[1])
			}
		}
	}
	for _, m := range regexp.MustCompile(`<input class="input mono" id="[^"]*" name="([^"]*)" type="text" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		offered.Add(m[1], "")
		sent.Add(m[1], m[2])
	}
	sent.Del("_xsrf")
	offered.Del("_xsrf")
	return sent, offered
}

func (h optionsOf) of(name string) string {
	return string(h.ServerOf(h.UserNamed(name), "").Options)
}

type optionsOf struct{ *httpapitest.Hub }

// The page offers what its person may start, and no more; what it sends starts that.
func TestStartPageOffersProfiles(t *testing.T) {
	h, ann, bob, tess := classroom(t)
	saved := optionsOf{h}
	httpapitest.WantRedirect(t, "who has nothing to choose", ann.Get("/hub/spawn"), "/hub/spawn-pending/ann")

	w := bob.Get("/hub/spawn")
	httpapitest.WantPage(t, "a member", w, http.StatusOK, "Small machine", "For everybody", "Lab of CS101", "One core")
	sent, offered := ofForm(w.Body.String())
	if d := cmp.Diff(url.Values{"profile": {"small", "lab"}, "profile-option-lab--size": {"one"}, "profile-option-lab--branch": {"main"}}, offered); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(url.Values{"profile": {"small"}, "profile-option-lab--size": {"one"}, "profile-option-lab--branch": {"main"}}, sent); d != "" {
		t.Error(d)
	}
	page := tess.Get("/hub/spawn/tess")
	if _, offered := ofForm(page.Body.String()); !cmp.Equal(offered["profile-option-lab--size"], []string{"one", "two"}) ||
		!cmp.Equal(offered["profile-option-lab--branch"], []string{"main", "unlisted-choice"}) || len(offered["profile-option-lab--branch--unlisted-choice"]) != 1 {
		t.Errorf("a tutor's: %v", offered)
	}
	form := url.Values{
		"_xsrf": {tess.Token(page)}, "profile": {"lab"}, "profile-option-lab--size": {"two"},
		"profile-option-lab--branch": {"unlisted-choice"}, "profile-option-lab--branch--unlisted-choice": {"dev"},
	}
	httpapitest.WantRedirect(t, "a tutor's form", tess.Post("/hub/spawn/tess?next=/hub/home", form), "/hub/spawn-pending/tess?next=%2Fhub%2Fhome")
	if got := saved.of("tess"); got != `{"branch--unlisted-choice":"dev","profile":"lab","size":"two"}` {
		t.Error(got)
	}
	s := h.ServerOf(h.UserNamed("tess"), "")
	h.End(h.Begin(s), hub.EventStopped, "")
	sent, _ = ofForm(tess.Get("/hub/spawn/tess").Body.String()) // with the choices of last time
	form.Del("_xsrf")
	if d := cmp.Diff(form, sent); d != "" {
		t.Error(d)
	}
}

// What a form asks for that is not its person's is refused on the page, on which something else can be chosen.
func TestStartPageRefuses(t *testing.T) {
	h, _, bob, tess := classroom(t)
	token := url.Values{"_xsrf": {bob.Token(bob.Get("/hub/spawn"))}}
	for _, c := range []struct {
		form   string
		status int
		says   string
	}{
		{"profile=staff", 403, "The profile staff is not for bob"},
		{"profile=nonesuch", 400, "There is no profile nonesuch"},
		{"profile=lab&profile-option-lab--size=two", 403, "size: two of the profile lab is not for this person"},
		{"profile=lab&profile-option-lab--branch--unlisted-choice=dev", 403, "is not for this person"},
		{"resource_type=staff", 403, "The profile staff is not for bob"},
	} {
		form, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		form["_xsrf"] = token["_xsrf"]
		w := bob.Post("/hub/spawn/bob", form)
		httpapitest.WantPage(t, c.form, w, c.status, c.says, "Small machine", `role="alert"`)
		if strings.Contains(w.Body.String(), "Staff machine") || strings.Contains(w.Body.String(), "tutors") {
			t.Errorf("%s tells of others:\n%s", c.form, w.Body)
		}
	}
	form := url.Values{
		"_xsrf": {tess.Token(tess.Get("/hub/spawn"))}, "profile": {"lab"}, "profile-option-lab--branch--unlisted-choice": {"DEV"}, "profile-option-lab--branch": {"unlisted-choice"},
	}
	w := tess.Post("/hub/spawn", form)
	httpapitest.WantPage(t, "a text that does not match", w, http.StatusBadRequest, "Small letters only.")
	if sent, _ := ofForm(w.Body.String()); sent.Get("profile-option-lab--branch--unlisted-choice") != "DEV" || sent.Get("profile") != "lab" {
		t.Errorf("what was typed is lost: %v", sent)
	}
	if live, _ := h.App.LiveServers(t.Context()); len(live) != 0 {
		t.Errorf("started: %v", live)
	}
}

// A link chooses, and starts nothing before somebody agrees.
func TestLinksChooseProfiles(t *testing.T) {
	h, ann, bob, _ := classroom(t)
	saved := optionsOf{h}
	w := bob.Get("/hub/spawn/bob?profile=lab&x=1")
	if sent, offered := ofForm(w.Body.String()); sent.Get("profile") != "lab" || len(offered["profile"]) != 2 {
		t.Errorf("it chooses %v of %v", sent, offered)
	}
	for _, link := range []string{"profile=lab&profile-option-lab--size=one", "resource=lab", "resource_type=lab"} {
		w = bob.Get("/hub/spawn/bob?autostart=1&" + link)
		httpapitest.WantPage(t, link, w, http.StatusOK, "A link wants to start this", "Lab of CS101", "Choose something else", `href="/hub/spawn/bob?`+strings.ReplaceAll(link, "&", "&amp;")+`"`)
		if d := cmp.Diff(url.Values{"profile": {"lab"}, "profile-option-lab--size": {"one"}, "profile-option-lab--branch": {"main"}}, first(ofForm(w.Body.String()))); d != "" {
			t.Error(d)
		}
	}
	for _, link := range []string{"profile=staff&autostart=1", "profile=staff", "profile=nonesuch&autostart=1"} {
		w := bob.Get("/hub/spawn/bob?" + link)
		httpapitest.WantPage(t, link, w, http.StatusOK, "The link asks for something that is not there, or not for this person", "Small machine", "Lab of CS101")
		if strings.Contains(w.Body.String(), "Staff machine") {
			t.Errorf("%s tells of others", link)
		}
	}
	if live, _ := h.App.LiveServers(t.Context()); len(live) != 0 {
		t.Fatalf("started: %v", live)
	}
	w = ann.Get("/hub/spawn/ann?profile=small&autostart=1&course=a")
	form, _ := ofForm(w.Body.String())
	form.Set("_xsrf", ann.Token(w))
	httpapitest.WantRedirect(t, "yes", ann.Post("/hub/spawn/ann?profile=small&autostart=1&course=a", form), "/hub/spawn-pending/ann?profile=small&autostart=1&course=a")
	if got := saved.of("ann"); got != `{"course":["a"],"profile":"small"}` {
		t.Error(got)
	}
}

func first[T any](v, _ T) T { return v }

// A button of another page, which sends nothing, leads to the choice where there is one.
func TestStartButtonsLeadToTheChoice(t *testing.T) {
	_, ann, bob, _ := classroom(t)
	httpapitest.WantRedirect(t, "nothing to choose", ann.Post("/hub/spawn/ann", url.Values{"_xsrf": {ann.Token(ann.Get("/hub/change-password"))}}), "/hub/spawn-pending/ann")
	form := url.Values{"_xsrf": {bob.Token(bob.Get("/hub/spawn"))}, "display_name": {"My lab"}}
	httpapitest.WantRedirect(t, "something to choose", bob.Post("/hub/spawn/bob/gpu?next=/hub/home", form), "/hub/spawn/bob/gpu?next=%2Fhub%2Fhome&display_name=My+lab")
}

// Who may start nothing is told so.
func TestStartPageOfWhoMayStartNothing(t *testing.T) {
	set, faults := profiles.New([]profiles.Profile{{Slug: "staff", Name: "Staff machine", For: profiles.Audience{Groups: []string{"staff"}}}})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	h := httpapitest.NewWithPages(t, func(c *app.Config, _ *httpapi.Options) { c.Profiles = set })
	ann := h.LoggedIn("ann", "ann's password")
	w := ann.Get("/hub/spawn")
	httpapitest.WantPage(t, "the page", w, http.StatusOK, "There is nothing that could be started here.")
	if strings.Contains(w.Body.String(), `type="submit" form="start"`) || strings.Contains(w.Body.String(), "Staff") {
		t.Errorf("it offers something:\n%s", w.Body)
	}
}

// The start page says what each profile costs, what is left, for how long that is enough, and keeps the time that was asked for.
func TestStartPageTellsCosts(t *testing.T) {
	weekly, err := schedule.Parse("@weekly", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	h := httpapitest.NewWithPages(t, httpapitest.Classroom(t), func(c *app.Config, _ *httpapi.Options) {
		c.Quota = quota.Config{
			Enabled: true, Rate: 1, Rates: map[string]int64{"phx": 2}, MinimumToStart: 30, Default: 1500, DefaultMinutes: 60,
			Refresh: []quota.Rule{{Name: "weekly", Schedule: weekly, Refresh: quota.Refresh{Action: quota.Add, Amount: 50}}},
		}
	})
	u := h.User("tess", false)
	h.Password(u, "tess's password")
	h.Group("cs101", u)
	h.Group("tutors", u)
	tess := h.LoggedIn("tess", "tess's password")
	httpapitest.WantPage(t, "what it costs", tess.Get("/hub/spawn"), http.StatusOK, "1,500 credits are left.", "1 credit a minute, 60 an hour.",
		`data-enough="1500"`, "Enough for 25 h 0 min.", "2 credits a minute, 120 an hour.", `data-enough="750"`, `<option value="one" data-minute="3">One core – 3 credits a minute</option>`)
	httpapitest.WantPage(t, "in German", tess.Get("/hub/spawn", httpapitest.Header("Accept-Language", "de")), http.StatusOK, "Noch 1.500 Credits.", "2 Credits je Minute, 120 je Stunde.")
	admin := h.Session(h.User("root", true))
	give := func(amount int64) {
		t.Helper()
		done, err := h.App.ChangeQuotas(t.Context(), admin, "", []quota.Change{{Username: "tess", Action: quota.Set, Amount: amount}})
		if err != nil || done[0].Err != nil {
			t.Fatal(err, done)
		}
	}
	give(100)
	form := url.Values{"_xsrf": {tess.Token(tess.Get("/hub/spawn"))}, "profile": {"small"}, "runtime": {"120"}}
	httpapitest.WantPage(t, "more than there is", tess.Post("/hub/spawn/tess", form), http.StatusForbidden, "Ask for 100 minutes or fewer, or when the next are given, on ",
		`name="runtime" type="number" inputmode="numeric" min="1" max="5270400" value="120"`)
	give(29)
	w := tess.Get("/hub/spawn")
	httpapitest.WantPage(t, "too little", w, http.StatusOK, "Not enough is left: a start takes 30 credits.", "It is possible when somebody has added to the quota.", "Credits are given at times by themselves, too")
	form.Set("runtime", "")
	httpapitest.WantPage(t, "when there will be enough", tess.Post("/hub/spawn/tess", form), http.StatusForbidden, "It can when the next are given, on ")
	if strings.Contains(w.Body.String(), "data-enough") {
		t.Error("it is enough for something")
	}
}
