// Package proxy is the reverse proxy for requests under /user/… to notebook servers and under
// /services/… to services. It passes everything else to the hub's own handler. It routes
// with an immutable table, which is replaced as a whole, and resolves credentials in memory.
//
// It runs before any http.ServeMux and passes paths and queries on byte by byte, because
// notebook paths contain "//" and "%2F", which a ServeMux rewrites.
//
// A notebook server is not trusted, but shares the hub's origin. So it gets none of the
// hub's cookies except for the session's id while that is valid, and it cannot set one. If
// the session has ended, or grants no access to the server, the proxy also removes the
// server's own cookie, so that the server starts a login. An exchange, which is one request
// with its response or an open websocket, is bound to the session and the token that the
// request brought (identify.go), and ends when one of them becomes invalid or when they no
// longer grant the access that they did (control.go).
//
// A request without a body goes over a pooled connection (conn.go, connpool.go), every other
// one over an http.Transport (transport.go).
package proxy
