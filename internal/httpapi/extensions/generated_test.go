package extensions_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/httpapi"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/profiles"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

// generated is a hub with profiles and people that were drawn.
type generated struct {
	*httpapitest.Hub
	*rand.Rand
	t              *testing.T
	people         []*member
	names          []string // that people have and may get
	admin, service httpapitest.Asker
	set            []profiles.Profile
}

type member struct {
	name string
	self httpapitest.Asker
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

var courses = []string{"cs1", "cs2", "cs3"}

func generate(t *testing.T, seed uint64) *generated {
	g := &generated{t: t, Rand: rand.New(rand.NewPCG(seed, 11)), names: []string{"ann", "bob", "eve", "kim", "lea", "max"}}
	for i := range 5 {
		p := profiles.Profile{Slug: fmt.Sprint("p", i), For: g.audience()}
		for j := range g.IntN(3) {
			o := profiles.Option{Key: fmt.Sprint("o", j)}
			for k := range 1 + g.IntN(3) {
				o.Choices = append(o.Choices, profiles.Choice{Key: fmt.Sprint("c", k), For: g.audience()})
			}
			if g.IntN(2) == 0 {
				o.Unlisted = &profiles.Unlisted{Pattern: "[a-z]+", For: g.audience()}
			}
			p.Options = append(p.Options, o)
		}
		g.set = append(g.set, p)
	}
	set, faults := profiles.New(g.set)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	g.Hub = httpapitest.New(t, func(c *app.Config, _ *httpapi.Options) { c.Profiles = set })
	for _, name := range g.names[:4] {
		u := g.User(name, false)
		g.people = append(g.people, &member{name, httpapitest.Bearer(g.Token(u))})
	}
	for _, name := range courses {
		g.Group(name)
	}
	g.admin = httpapitest.Bearer(g.Token(g.User("root", true)))
	g.service = httpapitest.Bearer(g.DeclareService(hub.Service{Name: "starter", Admin: true}))
	return g
}

func (g *generated) audience() (a profiles.Audience) {
	switch g.IntN(5) {
	case 0:
		a.Users = []string{pick(g.Rand, g.names)}
	case 1:
		a.Groups = []string{pick(g.Rand, courses), pick(g.Rand, courses)}
	case 2:
		a.Groups, a.Users = []string{pick(g.Rand, courses)}, []string{pick(g.Rand, g.names)}
	}
	return a // or everybody
}

// changes moves somebody in or out of a group, or gives them another name.
func (g *generated) changes() string {
	who := pick(g.Rand, g.people)
	if g.IntN(3) > 0 {
		method, course := pick(g.Rand, []string{"POST", "DELETE"}), pick(g.Rand, courses)
		g.ok(method, "/hub/api/groups/"+course+"/users", `{"users": ["`+who.name+`"]}`)
		return method + " " + who.name + " " + course
	}
	free := slices.DeleteFunc(slices.Clone(g.names), func(name string) bool {
		return slices.ContainsFunc(g.people, func(m *member) bool { return m.name == name })
	})
	name := pick(g.Rand, free)
	g.ok("PATCH", "/hub/api/users/"+who.name, `{"name": "`+name+`"}`)
	was := who.name
	who.name = name
	return was + " is called " + name
}

func (g *generated) ok(method, path, body string) {
	g.t.Helper()
	if w := g.Do(method, path, body, g.admin); w.Code >= 300 {
		g.t.Fatalf("%s %s %s: %d %s", method, path, body, w.Code, w.Body)
	}
}

// wanted is a profile with choices, some of which there are not.
func (g *generated) wanted() map[string]string {
	p := pick(g.Rand, g.set)
	options := map[string]string{"profile": p.Slug}
	if g.IntN(12) == 0 {
		options["profile"] = "p9"
	}
	for _, o := range p.Options {
		switch g.IntN(4) {
		case 0: // the default
		case 1:
			options[o.Key+"--unlisted-choice"] = "own"
		default:
			options[o.Key] = fmt.Sprint("c", g.IntN(4))
		}
	}
	return options
}

// For every profile, choice and person: what the page is told is what starts, by whatever way, whoever was moved or renamed before.
func TestWhatIsOfferedStartsInAGeneratedWorld(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			g := generate(t, seed)
			var log []string
			for range 60 {
				if g.IntN(3) == 0 {
					log = append(log, g.changes())
				}
				who := pick(g.Rand, g.people)
				offered := httpapitest.JSONBody[offers](t, g.Do("GET", "/hub/api/profiles", "", who.self))
				options := g.wanted()
				way, code := g.start(who, options)
				if want := offered.has(options); want != (code == http.StatusAccepted) || !want && code != http.StatusForbidden && code != http.StatusBadRequest {
					t.Fatalf("%v for %s by %s: %d, offered %v; before: %q", options, who.name, way, code, want, log)
				} else if want {
					g.ok("DELETE", "/hub/api/users/"+who.name+"/server", "")
				}
			}
		})
	}
}

// start asks for the server by one of the ways that there are; a stranger never gets it.
func (g *generated) start(who *member, options map[string]string) (way string, code int) {
	raw, err := json.Marshal(options)
	if err != nil {
		g.t.Fatal(err)
	}
	server := "/hub/api/users/" + who.name + "/server"
	body := `{"user_options": ` + string(raw) + `}`
	for _, other := range g.people {
		if w := g.Do("POST", server, body, other.self); other != who && w.Code != http.StatusNotFound && w.Code != http.StatusForbidden {
			g.t.Fatalf("a stranger starts it: %d %s", w.Code, w.Body)
		} else if other == who && w.Code == http.StatusAccepted {
			g.ok("DELETE", server, "")
		}
	}
	switch g.IntN(6) {
	case 0:
		return "themselves", g.Do("POST", server, body, who.self).Code
	case 1:
		return "the body alone", g.Do("POST", server, string(raw), who.self).Code
	case 2:
		return "an admin", g.Do("POST", server, body, g.admin).Code
	case 3:
		return "a service", g.Do("POST", server, body, g.service).Code
	case 4:
		return "bulk", startInBulk(g.t, g.Hub, who.name, string(raw), g.admin)
	}
	g.ok("PATCH", server, body)
	return "those saved", g.Do("POST", server, "", who.self).Code
}
