package extensions_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestGetProfiles(t *testing.T) {
	h := httpapitest.New(t, httpapitest.Classroom(t))
	ann, bob, root := h.User("ann", false), h.User("bob", false), h.User("root", true)
	h.Group("cs101", bob)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	member := httpapitest.Bearer(h.Token(bob))
	reads := httpapitest.Bearer(h.Token(ann, "read:servers"))
	small := `{"slug": "small", "display_name": "Small machine", "description": "For everybody", "icon": "🐍", "default": true, "accelerator": "", "quota_rate": null, "rate": null, "options": []}`
	lab := `{"slug": "lab", "display_name": "Lab of CS101", "description": "", "icon": "", "default": false, "accelerator": "phx", "quota_rate": null, "rate": null, "options": [
		{"key": "size", "display_name": "Size", "choices": [{"key": "one", "display_name": "One core", "description": "", "default": true, "accelerator": "", "quota_rate": 3}], "unlisted_choice": null},
		{"key": "branch", "display_name": "Branch", "choices": [{"key": "main", "display_name": "Main", "description": "", "default": true, "accelerator": "", "quota_rate": null}], "unlisted_choice": null}]}`
	const path = "/hub/api/profiles"
	h.Run(t, []httpapitest.Scenario{
		{Name: "nobody", Method: "GET", Path: path, Status: 403, Message: httpapitest.NoCredentials},
		{Name: "who may start nothing", Method: "GET", Path: path, As: []httpapitest.Asker{reads}, Status: 403, Message: "start:servers"},
		{Name: "one's own", Method: "GET", Path: path, As: []httpapitest.Asker{person}, Status: 200, Want: `{"enabled": true, "profiles": [` + small + `], "last": null}`},
		{Name: "of a member", Method: "GET", Path: path, As: []httpapitest.Asker{member}, Status: 200, Want: `{"enabled": true, "profiles": [` + small + `, ` + lab + `], "last": null}`},
		{Name: "somebody else's", Method: "GET", Path: path + "?user=BOB", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"enabled": true, "profiles": [` + small + `, ` + lab + `]}`},
		{Name: "somebody else's, who may not", Method: "GET", Path: path + "?user=bob", As: []httpapitest.Asker{person}, Status: 404},
		{Name: "of nobody", Method: "GET", Path: path + "?user=eve", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "an unknown parameter", Method: "GET", Path: path + "?whose=bob", As: []httpapitest.Asker{admin}, Status: 400, Message: "whose"},
		{Name: "a start", Method: "POST", Path: "/hub/api/users/ann/server", Body: `{"user_options": {"profile": "small", "x": 1}}`, As: []httpapitest.Asker{person}, Status: 202},
		{Name: "and its options", Method: "GET", Path: path, As: []httpapitest.Asker{person}, Status: 200, Want: `{"last": {"profile": "small", "x": 1}}`},
	})
	type models struct {
		Servers map[string]struct{ Profile string }
	}
	if got := httpapitest.JSONBody[models](t, h.Do("GET", "/hub/api/users/ann", "", person)); got.Servers[""].Profile != "small" {
		t.Errorf("the person's model says %+v", got)
	}
	plain := httpapitest.New(t)
	w := plain.Do("GET", path, "", httpapitest.Bearer(plain.Token(plain.User("ann", false))))
	if got := w.Body.String(); w.Code != 200 || got != `{"enabled":false,"last":null,"profiles":[]}`+"\n" && got != `{"enabled":false,"last":null,"profiles":[]}` {
		t.Errorf("a hub without profiles says %d %s", w.Code, got)
	}
}

// offers is what GET /api/profiles says.
type offers struct {
	Profiles []struct {
		Slug    string
		Options []struct {
			Key     string
			Choices []struct{ Key string }
			Own     any `json:"unlisted_choice"`
		}
	}
}

// has tells whether the options are offered.
func (o offers) has(options map[string]string) bool {
	for _, p := range o.Profiles {
		if p.Slug != options["profile"] {
			continue
		}
		for _, option := range p.Options {
			if options[option.Key+"--unlisted-choice"] != "" {
				if option.Own == nil {
					return false
				}
				continue
			}
			is := func(c struct{ Key string }) bool { return c.Key == options[option.Key] }
			if options[option.Key] != "" && !slices.ContainsFunc(option.Choices, is) {
				return false
			}
			if options[option.Key] == "" && len(option.Choices) == 0 { // a text of one's own has to be given
				return false
			}
		}
		return true
	}
	return false
}

// What is offered starts by every endpoint, and nothing else does by any: it is there and not theirs, or not there.
func TestWhatIsOfferedStartsByEveryEndpoint(t *testing.T) {
	h := httpapitest.New(t, httpapitest.Classroom(t))
	ann, bob, tess, guest := h.User("ann", false), h.User("bob", false), h.User("tess", false), h.User("guest", false)
	h.Group("cs101", bob, tess)
	h.Group("tutors", tess)
	admin := httpapitest.Bearer(h.Token(h.User("root", true)))
	service := httpapitest.Bearer(h.DeclareService(hub.Service{Name: "starter", Admin: true}))
	wanted := []map[string]string{{"profile": "nonesuch"}, {"profile": "small"}, {"profile": "staff"}}
	for _, size := range []string{"", "one", "two", "ten"} {
		for _, branch := range [][2]string{{"branch", ""}, {"branch", "main"}, {"branch", "dev"}, {"branch--unlisted-choice", "dev"}} {
			wanted = append(wanted, map[string]string{"profile": "lab", "size": size, branch[0]: branch[1]})
		}
	}
	for _, u := range []hub.User{ann, bob, tess, guest} {
		self := httpapitest.Bearer(h.Token(u))
		offered := httpapitest.JSONBody[offers](t, h.Do("GET", "/hub/api/profiles", "", self))
		server := "/hub/api/users/" + u.Name + "/server"
		ways := map[string]func(options string) int{
			"themselves":  func(o string) int { return h.Do("POST", server, `{"user_options": `+o+`}`, self).Code },
			"as the body": func(o string) int { return h.Do("POST", server, o, self).Code },
			"an admin":    func(o string) int { return h.Do("POST", server, `{"user_options": `+o+`}`, admin).Code },
			"a service":   func(o string) int { return h.Do("POST", server, `{"user_options": `+o+`}`, service).Code },
			"in bulk":     func(o string) int { return startInBulk(t, h, u.Name, o, admin) },
			"those saved": func(o string) int {
				if w := h.Do("PATCH", server, `{"user_options": `+o+`}`, self); w.Code != 200 {
					t.Fatalf("%s cannot be saved: %d %s", o, w.Code, w.Body)
				}
				return h.Do("POST", server, "", self).Code
			},
		}
		for _, options := range wanted {
			raw, err := json.Marshal(options)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range slices.Sorted(maps.Keys(ways)) {
				code := ways[name](string(raw))
				what := fmt.Sprintf("%s for %s by %s: %d", raw, u.Name, name, code)
				switch offer := offered.has(options); {
				case offer != (code == http.StatusAccepted):
					t.Error(what)
				case !offer && code != http.StatusForbidden && code != http.StatusBadRequest:
					t.Error(what)
				case offer:
					if h.Do("DELETE", server, "", self).Code != http.StatusNoContent {
						t.Fatal(what, "and does not stop")
					}
				}
			}
		}
	}
}

// startInBulk gives the status that a start by itself would have.
func startInBulk(t *testing.T, h *httpapitest.Hub, name, options string, as httpapitest.Asker) int {
	t.Helper()
	w := h.Do("POST", "/hub/api/bulk/servers/start", `{"servers": [{"username": "`+name+`", "options": `+options+`}]}`, as)
	answer := httpapitest.JSONBody[struct {
		Results []struct{ Status, Message string }
	}](t, w)
	switch {
	case len(answer.Results) == 1 && answer.Results[0].Status == "started":
		return http.StatusAccepted
	case len(answer.Results) == 1 && answer.Results[0].Status == "failed" && answer.Results[0].Message != "":
		return http.StatusForbidden
	}
	t.Errorf("bulk says %s", w.Body)
	return w.Code
}

// As the Learning Cloud's pages read them, but for what is not for whoever asks.
func TestCloudResources(t *testing.T) {
	h := httpapitest.New(t, httpapitest.Classroom(t), func(c *app.Config, _ *httpapi.Options) {
		c.Quota.Rate, c.Quota.Rates = 1, map[string]int64{"phx": 3}
		c.Quota.Accelerators = map[string]hub.Accelerator{"phx": {Name: "Phoenix", Description: "In the processor"}, "npu": {}}
	})
	ann, bob := h.User("ann", false), h.User("bob", false)
	h.Group("cs101", bob)
	person, member := httpapitest.Bearer(h.Token(ann)), httpapitest.Bearer(h.Token(bob))
	meta := func(name, about, acc, keys string) string {
		return `{"group": "OTHERS", "description": "` + name + `", "subDescription": "` + about + `", "accelerator": "` + acc + `", "acceleratorKeys": ` + keys + `, "allowGitClone": false, "env": {}}`
	}
	small := `{"key": "small", "image": "", "requirements": {}, "metadata": ` + meta("Small machine", "For everybody", "", "[]") + `}`
	lab := `{"key": "lab", "image": "", "requirements": {}, "metadata": ` + meta("Lab of CS101", "", "phx", `["phx"]`) + `}`
	list := func(resources string) string {
		return `{"resources": [` + resources + `], "groups": [{"name": "OTHERS", "displayName": "Others", "resources": [` + resources + `]}], "acceleratorKeys": ["npu", "phx"],
			"allowedGitProviders": [], "githubAppName": "", "allowPersistenceChoice": false, "defaultPersistence": true}`
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "accelerators", Method: "GET", Path: "/hub/api/accelerators", As: []httpapitest.Asker{person}, Status: 200, Want: `{"accelerators": {
			"npu": {"displayName": "npu", "description": "", "nodeSelector": {}, "env": {}, "quotaRate": 1},
			"phx": {"displayName": "Phoenix", "description": "In the processor", "nodeSelector": {}, "env": {}, "quotaRate": 3}}}`},
		{Name: "one's own", Method: "GET", Path: "/hub/api/resources", As: []httpapitest.Asker{person}, Status: 200, Want: list(small)},
		{Name: "of a member", Method: "GET", Path: "/hub/api/resources", As: []httpapitest.Asker{member}, Status: 200, Want: list(small + ", " + lab)},
	})
	for _, path := range []string{"/hub/api/accelerators", "/hub/api/resources"} {
		if w := h.Do("GET", path, "", httpapitest.Anonymous); w.Code != http.StatusForbidden || cloudMessage(t, w) == "" {
			t.Errorf("nobody asks for %s: %d %s", path, w.Code, w.Body)
		}
	}
}
