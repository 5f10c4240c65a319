// Package native keeps Atrium's own passwords: Hasher hashes and checks them in a
// bounded pool, Throttle slows down who guesses. It knows no people, and of the database what
// failed logins are counted in, where several hubs share one; the use cases put the two together: Throttle.Check, Hasher.Verify,
// then Throttle.Failed or Throttle.Succeeded.
package native
