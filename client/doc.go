// Package client speaks to a hub by its REST API: to Atrium's, and to JupyterHub's of versions 4 to 6 (with older ones
// much of it works). It needs an API token, such as an administrator makes on the hub's token page.
//
//	hub, err := client.New(client.Options{URL: "https://hub.example.org", Token: token})
//	…
//	for user, err := range hub.Users(ctx, client.UserQuery{}) {
//
// What JupyterHub has, works with both. What only Atrium has (the bulk calls, the audit log, some fields of UserPatch)
// fails with ErrNotAtrium elsewhere, before anything is sent.
//
// # Errors
//
// A hub that says no is an *APIError, with the hub's words; errors.Is tells its kind: ErrNotFound, ErrConflict,
// ErrUnauthorized, ErrForbidden, ErrInvalid. A hub that does not answer is a *ConnectionError, which tells a refused
// connection from a host's name that is not known, TLS that is not trusted, and a time limit. Where the caller's context
// ends, the error is the context's. Messages of a hub are made fit to print: they hold no control characters.
//
// # Attempts
//
// A request goes out again, a little later each time, where that is safe: what only reads, deletes, or sets something to
// a value, and the bulk calls by their idempotency keys. Any request does if no connection was made. It does so after a
// connection that broke, and the statuses 429, 502, 503 and 504, and honours Retry-After up to a minute. All other
// failures are the caller's to handle. Contexts end everything, waiting included.
//
// # Jobs
//
// A bulk request with Told is done as a job, which goes on at the hub whoever goes away: Told hears how far it is, a hub
// that restarts is waited for, and where the call ends before the job does, its *JobError names it, for Job, WaitJob and
// JobResults.
//
// # Names
//
// Names are escaped: any text of UTF-8 goes through as it is, except for "." and "..", which no address can hold since
// what is on the way takes them for steps. The bulk calls take those, too, in their bodies.
//
// # Secrets
//
// The token goes to the hub's own origin alone: a redirect elsewhere, or from https to http, is an error. It is in no
// error, log line, or printed Client.
package client
