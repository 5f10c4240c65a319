// Package scopes is the permission language of JupyterHub's REST API: the names of
// the scopes, what includes what, the filters that narrow a scope to one person,
// group, server or service, and the arithmetic on sets of them. Everything here is
// a pure function of its arguments; who belongs to which group comes in as a
// function, so that membership is looked up at the time of the decision.
//
// A list of scopes as a role or a token carries it ("self", "servers!user") is
// raw. Expand resolves it for an owner and gives a Set, in which metascopes, short
// filters and included scopes are spelled out. Decisions are made on Sets alone.
// What cannot be resolved is dropped, never widened.
//
// The behaviour is that of JupyterHub 6.1.1, with three refusals more: a filter
// without a value, a server filter that is not "user/server", and a filter on a
// metascope (JupyterHub takes them and they grant nothing, but for "scope!", which
// it reads as the unfiltered scope).
package scopes
