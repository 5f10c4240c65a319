// Package native keeps Atrium's own passwords: Hasher hashes and checks them in a
// bounded pool, Throttle slows down who guesses. It knows neither people nor the
// database; the use cases put the two together: Throttle.Check, Hasher.Verify,
// then Throttle.Failed or Throttle.Succeeded.
package native
