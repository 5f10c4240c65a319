package app_test

import (
	"strings"
	"testing"

	"github.com/atriumhub/atrium/internal/app"
	"github.com/atriumhub/atrium/internal/bulk"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/login"
	"github.com/atriumhub/atrium/internal/people"
)

// TestPasswordPolicy asks by the one way that all ways of setting a password share.
func TestPasswordPolicy(t *testing.T) {
	usual := login.PasswordPolicy{}
	for _, tc := range []struct {
		what           string
		policy         login.PasswordPolicy
		name, password string
		wrong          string // empty: nothing
	}{
		{"good", usual, "ada", "correct horse", ""},
		{"eight", usual, "ada", "k3vq9xw2", ""},
		{"too short", usual, "ada", "k3vq9xw", "at least 8 characters"},
		{"characters, not bytes", usual, "ada", "äöüäöü7", "at least 8 characters"},
		{"letters of other scripts", usual, "ada", "Пароль-вот", ""},
		{"another length", login.PasswordPolicy{MinLength: 14}, "ada", "correct horse", "at least 14 characters"},
		{"too long", usual, "ada", strings.Repeat("xy", 2049), "at most 4096 bytes"},
		{"4096 bytes", usual, "ada", strings.Repeat("xy", 2048), ""},
		{"a line break", usual, "ada", "correct\nhorse", "cannot be typed"},
		{"a zero byte", usual, "ada", "correct\x00horse", "cannot be typed"},
		{"no UTF-8", usual, "ada", "correct\xffhorse", "cannot be typed"},
		{"the name", usual, "adalovelace", "AdaLovelace", "too like the username"},
		{"the name backwards", usual, "adalovelace", "ecalevolada", "too like the username"},
		{"the name and digits", usual, "ada", "ADA12345", "too like the username"},
		{"digits and the name", usual, "ada", "12345ada", "too like the username"},
		{"the name with other digits", usual, "student01", "student2026", "too like the username"},
		{"the name with more digits", usual, "student01", "student012026", "too like the username"},
		{"backwards and digits", usual, "student01", "10tneduts1", "too like the username"},
		{"a name of digits", usual, "20261234", "2026123400", "too like the username"},
		{"digits, and a name of others", usual, "20261234", "9182736450", ""},
		{"more than the name", usual, "ada", "ada likes tea", ""},
		{"common", usual, "ada", "iloveyou", "everybody tries"},
		{"common, in capitals", usual, "ada", "PassWord1", "everybody tries"},
		{"common and shorter than usual", login.PasswordPolicy{MinLength: 6}, "ada", "dragon", "everybody tries"},
		{"not all kinds", login.PasswordPolicy{Classes: 4}, "ada", "correctHorse1", "small letters, capitals, digits and other characters"},
		{"all kinds", login.PasswordPolicy{Classes: 4}, "ada", "correct Horse1", ""},
		{"two kinds of three", login.PasswordPolicy{Classes: 3}, "ada", "correct horse", "at least 3 of"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			f := newFixture(t, func(c *app.Config) { c.Passwords = tc.policy })
			admin := f.admin()
			f.create(tc.name)
			err := f.SetPassword(t.Context(), admin, tc.name, tc.password, false)
			switch {
			case tc.wrong == "" && err != nil:
				t.Errorf("it is refused: %v", err)
			case tc.wrong != "" && (!hub.Is(err, hub.Invalid) || !strings.Contains(err.Error(), tc.wrong)):
				t.Errorf("got %v, want %q", err, tc.wrong)
			}
		})
	}
}

// The policy holds wherever a password is set.
func TestPasswordPolicyEverywhere(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	f.Password("alice", "wonderland 7")
	in, err := f.login("alice", "wonderland 7")
	if err != nil {
		t.Fatal(err)
	}
	f.wantCode(f.ChangePassword(t.Context(), &in.Requester, "wonderland 7", "password1"), hub.Invalid)
	f.wantCode(f.ChangePassword(t.Context(), &in.Requester, "wonderland 7", "wonderland 7"), hub.Invalid)
	f.wantCode(f.ChangePassword(t.Context(), &in.Requester, "wonderland 8", "correct horse"), hub.Unauthenticated)
	_, err = f.ResetAdmin(t.Context(), "boss", "password1", "")
	f.wantCode(err, hub.Invalid)
	f.wantCode(f.SetPassword(t.Context(), admin, "alice", "password1", false), hub.Invalid)
	results, err := f.BulkUsers(t.Context(), admin, people.Request{Rows: []people.UserRow{{Username: "bob", Password: "password1"}}})
	if err != nil || results[0].Status != bulk.Failed {
		t.Errorf("a person made in bulk: %+v, %v", results, err)
	}
	if _, err := f.login("alice", "wonderland 7"); err != nil {
		t.Errorf("a refused password took the old one away: %v", err)
	}
}

// What a class is given to begin with may be one common word, as long as everybody
// has to change it; but it may not be short, or the name.
func TestPasswordToBeginWith(t *testing.T) {
	f := newFixture(t, nil)
	admin := f.admin()
	f.create("alice")
	if err := f.SetPassword(t.Context(), admin, "alice", "Welcome123", true); err != nil {
		t.Errorf("to be changed: %v", err)
	}
	f.wantCode(f.SetPassword(t.Context(), admin, "alice", "Welcome123", false), hub.Invalid)
	f.wantCode(f.SetPassword(t.Context(), admin, "alice", "short", true), hub.Invalid)
	f.wantCode(f.SetPassword(t.Context(), admin, "alice", "alice2026", true), hub.Invalid)
}
