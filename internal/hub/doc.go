// Package hub is Atrium's domain: people, groups, tokens, sessions, servers and
// what is recorded of them, with the rules that need nothing but the values
// themselves. It imports the standard library only; everything else may import it.
//
// Times are UTC with microsecond precision, as the database keeps them.
package hub
