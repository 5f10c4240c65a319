package login

import (
	"context"
	"slices"

	"github.com/atriumhub/atrium/internal/hub"
)

// Native is the slug of the method by which people have passwords of the hub's own.
const Native = "native"

// Method is a way to log in by name and password at the hub's form.
type Method struct {
	Slug  string        // in bindings and in the audit log
	Check Authenticator // nil: the hub's own passwords
	Names NameTrust     // of the names that Check gives
	Trial bool          // anybody may know its password: the form warns of it
}

// NativeMethod is the hub's own passwords.
func NativeMethod() Method { return Method{Slug: Native} }

// NameTrust is what it means that a method vouches for a name.
type NameTrust int

// What a name may mean. It never makes anybody a person who is there already, but as said.
const (
	// NamesSuggest what somebody is to be called who is new. Who has been here is known by
	// their subject alone.
	NamesSuggest NameTrust = iota
	// NamesBind likewise; but somebody who was made beforehand, under this name, is bound to
	// the subject that comes first, as long as there is nothing to be had by it: they have no
	// password, hold nothing beyond what everybody does, and are bound to nobody.
	NamesBind
	// NamesArePeople: whoever is let in under a name is the person of that name. For trials.
	NamesArePeople
)

// Authenticator tells who somebody is, by name and password.
type Authenticator interface {
	// Authenticate gives Subject and Name of whoever has this name, normalised as names of the
	// hub are, and this password; false where there is nobody. An error says that it cannot be
	// told now, in words for a person.
	Authenticate(ctx context.Context, name, password string) (hub.Identity, bool, error)
}

// Methods are the ways to log in, in the order in which they are asked: the first that knows
// name and password decides.
type Methods []Method

// HasNative tells whether people have passwords of the hub's own.
func (m Methods) HasNative() bool {
	return slices.ContainsFunc(m, func(x Method) bool { return x.Check == nil })
}

// Vouched tells whether people get in without a password of the hub's own.
func (m Methods) Vouched() bool { return !m.HasNative() || len(m) > 1 }

// NamesCount tells whether a name is enough to be its person, or there is no password of the hub's
// own to tell who gets in.
func (m Methods) NamesCount() bool {
	return !m.HasNative() && !slices.ContainsFunc(m, Method.binds) ||
		slices.ContainsFunc(m, func(x Method) bool { return x.Names == NamesArePeople })
}

// Providers are the slugs of those whose people are known by a subject.
func (m Methods) Providers() (slugs []string) {
	for _, x := range m {
		if x.binds() {
			slugs = append(slugs, x.Slug)
		}
	}
	return slugs
}

func (x Method) binds() bool { return x.Check != nil && x.Names != NamesArePeople }

// OnlyNative tells whether the hub's own passwords are all that there is.
func (m Methods) OnlyNative() bool { return !m.Vouched() }

// Trial tells whether one of them is for trials.
func (m Methods) Trial() bool { return slices.ContainsFunc(m, func(x Method) bool { return x.Trial }) }
