package app_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/bootstrap"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/servers"
)

// largestRecord is what an audit entry may hold of before and of after.
const largestRecord = 4 << 10

func TestGroupPropertiesHaveALimitAndTheAuditLogStaysReadable(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	if _, err := f.CreateGroup(t.Context(), admin, "cs101", nil); err != nil {
		t.Fatal(err)
	}
	admin.RequestID = "properties"
	set := func(bytes int) error {
		text := fmt.Sprintf(`{"room": "A1", "text": %q}`, strings.Repeat("x", bytes-26))
		_, err := f.SetGroupProperties(t.Context(), admin, "cs101", []byte(text), false)
		return err
	}
	f.wantCode(set(64<<10+1), hub.Invalid)
	for range 5 {
		if err := set(64 << 10); err != nil {
			t.Fatal(err)
		}
	}
	entries := f.audited("properties")
	if len(entries) != 5 {
		t.Fatalf("%d entries", len(entries))
	}
	for _, e := range entries {
		if len(e.Before) > largestRecord || len(e.After) > largestRecord {
			t.Errorf("an entry of %d and %d bytes", len(e.Before), len(e.After))
		}
		var after struct {
			Room string
			Text struct {
				Bytes  int
				SHA256 string
			}
		}
		if err := json.Unmarshal(e.After, &after); err != nil || after.Room != "A1" || after.Text.Bytes != 64<<10-24 || len(after.Text.SHA256) != 64 {
			t.Errorf("%v: it says %s", err, e.After)
		}
	}
	if v, err := f.GetGroup(t.Context(), admin, "cs101", false); err != nil || len(v.Properties) != 64<<10 {
		t.Errorf("the group has %d bytes of properties, %v", len(v.Properties), err)
	}
}

// Many small values are as much as a large one.
func TestAuditEntriesOfManyValuesAreShort(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	if _, err := f.CreateGroup(t.Context(), admin, "cs101", nil); err != nil {
		t.Fatal(err)
	}
	many := map[string]int{}
	for i := range 5000 {
		many[fmt.Sprint(i)] = i
	}
	text, err := json.Marshal(many)
	if err != nil {
		t.Fatal(err)
	}
	admin.RequestID = "many"
	if _, err := f.SetGroupProperties(t.Context(), admin, "cs101", text, false); err != nil {
		t.Fatal(err)
	}
	e := f.audited("many")[0]
	if len(e.After) > 200 || !strings.Contains(string(e.After), fmt.Sprintf(`"bytes":%d`, len(text))) {
		t.Errorf("it says %s", e.After)
	}
}

// People put passwords into their servers' options.
func TestOptionsOfServersAreNotInTheAuditLog(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("ada")
	options := func(text string) json.RawMessage { return json.RawMessage(text) }
	if _, err := f.CreateServer(t.Context(), admin, "ada", "lab", servers.StartRequest{Options: options(`{"profile": "gpu", "password": "hush-1"}`)}); err != nil {
		t.Fatal(err)
	}
	admin.RequestID = "options"
	for _, text := range []string{`{"profile": "gpu", "password": "hush-2"}`, `{"profile": "gpu", "password": "hush-1"}`} {
		if _, err := f.PatchServer(t.Context(), admin, "ada", "lab", servers.ServerPatch{Options: options(text)}); err != nil {
			t.Fatal(err)
		}
	}
	type record struct {
		Options struct {
			Keys   []string
			Bytes  int
			Digest string
		} `json:"user_options"`
	}
	var seen []record
	for _, e := range f.audited("options") {
		if strings.Contains(string(e.Before)+string(e.After), "hush") {
			t.Errorf("%s → %s", e.Before, e.After)
		}
		for _, text := range []json.RawMessage{e.Before, e.After} {
			var r record
			if err := json.Unmarshal(text, &r); err != nil || strings.Join(r.Options.Keys, " ") != "password profile" || r.Options.Bytes == 0 || r.Options.Digest == "" {
				t.Errorf("%v: it says %s", err, text)
			}
			seen = append(seen, r)
		}
	}
	if len(seen) != 4 || seen[0].Options.Digest == seen[1].Options.Digest || seen[0].Options.Digest != seen[3].Options.Digest {
		t.Errorf("equal options are not known by their digests, or others are: %+v", seen)
	}
}

func TestPasswordsOfServicesAreNotInTheAuditLog(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.declare(bootstrap.DeclaredService{Service: hub.Service{Name: "wiki", URL: "http://user:hush@127.0.0.1:9000"}})
	admin.RequestID = "service"
	if _, err := f.CreateService(t.Context(), admin, hub.Service{
		Name: "shop", ClientID: "service-shop", RedirectURI: "https://shop.example.org/back?key=hush",
	}, "hush-hush-hush"); err != nil {
		t.Fatal(err)
	}
	for _, e := range append(f.audited("service"), f.audited("")...) {
		if strings.Contains(string(e.Before)+string(e.After), "hush") {
			t.Errorf("%s: %s → %s", e.Action, e.Before, e.After)
		}
		if e.Action == "service.create" && !strings.Contains(string(e.After), "127.0.0.1:9000") && !strings.Contains(string(e.After), "https://shop.example.org/back") {
			t.Errorf("it does not say where the service is: %s", e.After)
		}
	}
}

func TestDeletingALargeGroupLeavesAShortEntry(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	var names []string
	for i := range 250 {
		names = append(names, fmt.Sprintf("student%03d", i))
	}
	f.create(names...)
	if _, err := f.CreateGroup(t.Context(), admin, "cs101", names); err != nil {
		t.Fatal(err)
	}
	admin.RequestID = "delete"
	if err := f.DeleteGroup(t.Context(), admin, "cs101"); err != nil {
		t.Fatal(err)
	}
	if e := f.audited("delete")[0]; len(e.Before) > largestRecord || !strings.Contains(string(e.Before), `"student099"`) || !strings.Contains(string(e.Before), `"more_users":150`) {
		t.Errorf("%d bytes: %.200s", len(e.Before), e.Before)
	}
}
