package extensions_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/testkit/httpapitest"
)

func TestGivenTokens(t *testing.T) {
	h := httpapitest.New(t)
	root, ann := h.User("root", true), h.User("ann", false)
	admin, person := httpapitest.Bearer(h.Token(root)), httpapitest.Bearer(h.Token(ann))
	for i := range 4 {
		if w := h.Do("POST", "/hub/api/users/ann/tokens", fmt.Sprintf(`{"note": "n%d <b>", "scopes": ["read:users!user"]}`, i), person); w.Code != 201 {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
	}
	type page struct {
		Items []struct {
			ID, User, Note string
			Scopes         []string
		}
		Next *struct{ Before int64 }
	}
	list := func(query string) (notes []string, p page) {
		t.Helper()
		p = httpapitest.JSONBody[page](t, h.Do("GET", "/hub/api/tokens?"+query, "", admin))
		for _, v := range p.Items {
			if v.User == "ann" && v.Note != "" {
				notes = append(notes, v.Note)
			}
		}
		return notes, p
	}
	got, p := list("user=ann&limit=3")
	if diff := cmp.Diff([]string{"n3 <b>", "n2 <b>", "n1 <b>"}, got); diff != "" || p.Next == nil {
		t.Fatalf("the first page (-want +got):\n%s", diff)
	}
	if s := p.Items[0].Scopes; len(s) != 1 || s[0] != "read:users!user" || p.Items[0].ID == "" {
		t.Errorf("a token: %+v", p.Items[0])
	}
	got, p = list(fmt.Sprintf("user=ann&before=%d", p.Next.Before))
	if diff := cmp.Diff([]string{"n0 <b>", "test"}, got); diff != "" || p.Next != nil {
		t.Errorf("the second page (-want +got):\n%s", diff)
	}
	if got, _ := list(""); len(got) != 5 {
		t.Errorf("everybody's: %q", got)
	}
	h.Run(t, []httpapitest.Scenario{
		{Name: "for a person", Method: "GET", Path: "/hub/api/tokens", As: []httpapitest.Asker{person}, Status: 403, Message: "read:tokens"},
		{Name: "for a person, badly asked", Method: "GET", Path: "/hub/api/tokens?limit=x", As: []httpapitest.Asker{person}, Status: 403},
		{Name: "of nobody", Method: "GET", Path: "/hub/api/tokens?user=%3Cb%3E", As: []httpapitest.Asker{admin}, Status: 200, Want: `{"items": [], "next": null}`},
		{Name: "a bad limit", Method: "GET", Path: "/hub/api/tokens?limit=0", As: []httpapitest.Asker{admin}, Status: 400, Message: "limit"},
		{Name: "an unknown filter", Method: "GET", Path: "/hub/api/tokens?note=x", As: []httpapitest.Asker{admin}, Status: 400, Message: "Unknown filter 'note'"},
	})
}
