package app_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/atriumhub/atrium/internal/data"
	"github.com/atriumhub/atrium/internal/hub"
	"github.com/atriumhub/atrium/internal/testkit"
)

// membersUnread is a database whose transactions that write refuse to read the members of a
// group.
type membersUnread struct{ data.Store }

func (s membersUnread) Update(ctx context.Context, fn func(data.Tx) error) error {
	return s.Store.Update(ctx, func(tx data.Tx) error { return fn(membersUnreadTx{tx}) })
}

type membersUnreadTx struct{ data.Tx }

func (membersUnreadTx) GroupByName(context.Context, string) (hub.Group, error) {
	return hub.Group{}, errors.New("the members of a group are read in a transaction that writes")
}

// Whoever changes a group of very many holds up nobody by reading all of them: who is shown
// afterwards is read beside.
func TestAGroupIsChangedWithoutReadingItsMembers(t *testing.T) {
	f := &fixture{t: t, clock: testkit.NewClock()}
	f.Hub = testkit.New(t, func(o *testkit.Options) {
		o.Clock = f.clock.Now
		o.Wrap = func(s data.Store) data.Store { return membersUnread{s} }
	})
	admin := f.admin()
	f.create("ada", "bob", "cy")
	f.Update(func(ctx context.Context, tx data.Tx) error {
		g, err := tx.CreateGroup(ctx, "staff")
		if err != nil {
			return err
		}
		ada, err := tx.UserByName(ctx, "ada")
		return errors.Join(err, tx.AddMembers(ctx, g.ID, []int64{ada.ID}))
	})
	for _, tc := range []struct {
		add  bool
		who  string
		want []string
	}{
		{true, "cy", []string{"ada", "cy"}},
		{true, "bob", []string{"ada", "bob", "cy"}},
		{false, "ada", []string{"bob", "cy"}},
	} {
		v, err := f.ChangeMembers(t.Context(), admin, "staff", []string{tc.who}, tc.add, false)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, v.Users); diff != "" || !v.All {
			t.Errorf("%s, %t: (-want +got):\n%s", tc.who, tc.add, diff)
		}
	}
	v, err := f.SetGroupProperties(t.Context(), admin, "staff", []byte(`{"room":7}`), false)
	if err != nil || string(v.Properties) != `{"room":7}` || !slices.Equal(v.Users, []string{"bob", "cy"}) {
		t.Errorf("%+v, %v", v, err)
	}
	_, err = f.ChangeMembers(t.Context(), admin, "nothing", []string{"ada"}, true, false)
	f.wantCode(err, hub.NotFound)
}
