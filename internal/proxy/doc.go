// Package proxy takes requests under /user/… and /services/… to the servers they
// are for, and everything else to the hub. It asks nobody: routes are an immutable
// table swapped whole, people are resolved in memory.
//
// It stands before any mux and passes paths and queries on byte by byte, because
// notebook paths hold "//" and "%2F", which muxes rewrite.
//
// A notebook server is not trusted and shares the hub's origin. So no cookie of the
// hub reaches it, but for the session's id while that is live, and it cannot set
// one; a browser whose session has ended, or gives no access to the server, arrives
// without the server's own cookie too, so that the server starts a login. Every request
// and every open websocket remembers the session and token that it came with, and ends
// when one dies, or when they gave access to somebody's server and do so no more.
package proxy
