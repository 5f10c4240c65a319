package extensions_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/access"
	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/httpapi/extensions"
	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

const announcementsPath = "/hub/api/announcements"

func TestAnnouncements(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	post := func(name, body string, status int, message string) httpapitest.Scenario {
		return httpapitest.Scenario{Name: name, Method: "POST", Path: announcementsPath, Body: body, As: []httpapitest.Asker{admin}, Status: status, Message: message}
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "none yet", Method: "GET", Path: announcementsPath, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"items": []}`},
		{Name: "for a person", Method: "GET", Path: announcementsPath, As: []httpapitest.Asker{person}, Status: 403, Message: "announcements"},
		{Name: "by a person", Method: "POST", Path: announcementsPath, Body: `{"text": "Hello"}`, As: []httpapitest.Asker{person}, Status: 403},
		{Name: "by a person, badly", Method: "POST", Path: announcementsPath, Body: `{`, As: []httpapitest.Asker{person}, Status: 403},
		post("no object", `["Hello"]`, 400, "must be an object"),
		post("an unknown key", `{"text": "Hello", "title": "x"}`, 400, "title"),
		post("a number", `{"text": 1}`, 400, "text must be a text"),
		post("without a text", `{"text": " \n "}`, 400, "needs a text"),
		post("with a control character", `{"text": "a\u0007"}`, 400, "control characters"),
		post("a level there is not", `{"text": "Hello", "level": "loud"}`, 400, "info, warning or urgent"),
		post("a time that is none", `{"text": "Hello", "until": "tomorrow"}`, 400, "until must be a time"),
		post("over before it begins", `{"text": "Hello", "from": "2030-01-02T00:00:00Z", "until": "2030-01-01T00:00:00Z"}`, 400, "until must be later"),
		post("over already", `{"text": "Hello", "until": "2001-01-01T00:00:00Z"}`, 400, "until must be later"),
		post("for a group that there is not", `{"text": "Hello", "group": "none"}`, 400, "no group none"),
		post("2000 characters", `{"text": "`+strings.Repeat("ä", 2000)+`"}`, 201, ""),
		post("more", `{"text": "`+strings.Repeat("ä", 2001)+`"}`, 400, "has 2001"),
		{
			Name: "markup is text", Method: "POST", Path: announcementsPath, As: []httpapitest.Asker{admin}, Status: 201,
			Body: `{"text": "<script>alert(1)</script>", "level": "urgent", "until": "2999-01-01T00:00:00Z"}`,
			Want: `{"id": 2, "level": "urgent", "text": "<script>alert(1)</script>", "group": null, "until": "2999-01-01T00:00:00Z", "author": "root"}`,
		},
		{Name: "changed", Method: "PATCH", Path: announcementsPath + "/2", Body: `{"level": "info", "until": null}`, As: []httpapitest.Asker{admin}, Status: 200, Want: `{"id": 2, "level": "info", "text": "<script>alert(1)</script>", "until": null}`},
		{Name: "changed by a person", Method: "PATCH", Path: announcementsPath + "/2", Body: `{"level": "info"}`, As: []httpapitest.Asker{person}, Status: 403},
		{Name: "one that is not there", Method: "PATCH", Path: announcementsPath + "/99", Body: `{"level": "info"}`, As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "an id that is none", Method: "DELETE", Path: announcementsPath + "/x", As: []httpapitest.Asker{admin}, Status: 404},
		{Name: "deleted by a person", Method: "DELETE", Path: announcementsPath + "/2", As: []httpapitest.Asker{person}, Status: 403},
		{Name: "deleted", Method: "DELETE", Path: announcementsPath + "/1", As: []httpapitest.Asker{admin}, Status: 204},
		{Name: "deleted twice", Method: "DELETE", Path: announcementsPath + "/1", As: []httpapitest.Asker{admin}, Status: 404},
	})
	var actions []string
	for _, e := range httpapitest.JSONBody[extensions.AuditPage](t, h.Do("GET", "/hub/api/audit?action=announcement.", "", admin)).Items {
		actions = append(actions, e.Action)
	}
	want := []string{"announcement.delete", "announcement.update", "announcement.create", "announcement.create"}
	if diff := cmp.Diff(want, actions); diff != "" {
		t.Errorf("in the audit log (-want +got):\n%s", diff)
	}
}

// Who may announce something to a group alone sees and changes that group's, and nobody is
// told what is meant for others.
func TestAnnouncementsOfAGroup(t *testing.T) {
	h := httpapitest.New(t)
	root, member, other := h.User("root", true), h.User("member", false), h.User("other", false)
	admin := httpapitest.Bearer(h.Token(root))
	teacher := httpapitest.Bearer(h.Token(root, "announcements!group=cs101"))
	list := func(as httpapitest.Asker, want ...string) {
		t.Helper()
		var got []string
		type item struct{ Text string }
		for _, a := range httpapitest.JSONBody[struct{ Items []item }](t, h.Do("GET", announcementsPath, "", as)).Items {
			got = append(got, a.Text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "a group", Method: "POST", Path: "/hub/api/groups/cs101", Body: `{"users": ["member"]}`, As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "and another", Method: "POST", Path: "/hub/api/groups/cs102", As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "to everybody", Method: "POST", Path: announcementsPath, Body: `{"text": "all"}`, As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "to the other group", Method: "POST", Path: announcementsPath, Body: `{"text": "cs102", "group": "cs102"}`, As: []httpapitest.Asker{admin}, Status: 201},
		{Name: "to the group", Method: "POST", Path: announcementsPath, Body: `{"text": "cs101", "group": "cs101"}`, As: []httpapitest.Asker{teacher}, Status: 201, Want: `{"id": 3, "group": "cs101"}`},
		{Name: "not to everybody", Method: "POST", Path: announcementsPath, Body: `{"text": "all"}`, As: []httpapitest.Asker{teacher}, Status: 403},
		{Name: "not to another group", Method: "POST", Path: announcementsPath, Body: `{"text": "x", "group": "cs102"}`, As: []httpapitest.Asker{teacher}, Status: 404},
		{Name: "nor later", Method: "PATCH", Path: announcementsPath + "/3", Body: `{"group": null}`, As: []httpapitest.Asker{teacher}, Status: 403},
		{Name: "another's is not there", Method: "DELETE", Path: announcementsPath + "/1", As: []httpapitest.Asker{teacher}, Status: 404},
		{Name: "later", Method: "POST", Path: announcementsPath, Body: `{"text": "later", "from": "2999-01-01T00:00:00Z"}`, As: []httpapitest.Asker{admin}, Status: 201},
	})
	list(teacher, "cs101")
	list(admin, "later", "cs101", "cs102", "all")
	told := func(to *access.Requester) (texts []string) {
		for _, a := range h.App.ToldTo(t.Context(), to) {
			texts = append(texts, a.Text)
		}
		return texts
	}
	for _, c := range []struct {
		who  *access.Requester
		want []string
	}{{h.Session(member), []string{"cs101", "all"}}, {h.Session(other), []string{"all"}}, {&access.Requester{}, []string{"all"}}} {
		if diff := cmp.Diff(c.want, told(c.who)); diff != "" {
			t.Errorf("told to %q (-want +got):\n%s", c.who.Name(), diff)
		}
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "the group goes", Method: "DELETE", Path: "/hub/api/groups/cs101", As: []httpapitest.Asker{admin}, Status: http.StatusNoContent},
	})
	list(admin, "later", "cs102", "all")
}

// There may be so many at a time, since each page has them: those of one group take no room from others', and those that
// are over take none, but come back into it.
func TestAnnouncementsAreLimited(t *testing.T) {
	h := httpapitest.New(t)
	root := h.User("root", true)
	admin := httpapitest.Bearer(h.Token(root))
	teacher := httpapitest.Bearer(h.Token(root, "announcements!group=cs102"))
	h.Update(func(ctx context.Context, tx data.Tx) error {
		for _, name := range []string{"cs101", "cs102"} {
			if _, err := tx.CreateGroup(ctx, name); err != nil {
				return err
			}
		}
		return nil
	})
	say := func(want int, message, body string) *httptest.ResponseRecorder {
		t.Helper()
		w := h.Do("POST", announcementsPath, body, admin)
		if w.Code != want || !strings.Contains(w.Body.String(), message) {
			t.Fatalf("%s: %d %s", body, w.Code, w.Body)
		}
		return w
	}
	const forClass, forAll = `{"text": "Hello", "group": "cs101"}`, `{"text": "Hello"}`
	soon := h.Clock().Add(time.Minute).UTC().Format(time.RFC3339)
	var short struct{ ID int64 }
	if err := json.Unmarshal(say(http.StatusCreated, "", `{"text": "Short", "group": "cs101", "until": "`+soon+`"}`).Body.Bytes(), &short); err != nil {
		t.Fatal(err)
	}
	h.Advance(time.Hour)
	for range 20 {
		say(http.StatusCreated, "", forClass)
	}
	say(http.StatusConflict, "20 announcements for one group at a time. Delete some", forClass)
	if w := h.Do("PATCH", fmt.Sprintf("%s/%d", announcementsPath, short.ID), `{"until": null}`, admin); w.Code != http.StatusConflict {
		t.Errorf("one that was over goes on: %d %s", w.Code, w.Body)
	}
	say(http.StatusCreated, "", `{"text": "Another's", "group": "cs102"}`)
	for range 100 {
		say(http.StatusCreated, "", forAll)
	}
	say(http.StatusConflict, "100 announcements for everybody at a time. Delete some", forAll)
	if w := h.Do("GET", announcementsPath, "", teacher); strings.Count(w.Body.String(), `"id"`) != 1 || !strings.Contains(w.Body.String(), "Another's") {
		t.Errorf("a teacher of another group sees %s", w.Body)
	}
}
