// Package native keeps Atrium's own passwords: Hasher hashes and checks them in a bounded
// pool, Throttle slows down who guesses. It knows no people. Of the database it knows the
// counts of failed logins alone, which lie there where several hubs share one. The use cases
// put the two together: Throttle.Check, Hasher.Verify, then Throttle.Failed or
// Throttle.Succeeded.
package native
