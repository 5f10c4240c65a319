// Package serve is the commands that work on a hub's data directory and database, first of
// all the one that runs the hub. It is where Atrium's parts are put together: the one place
// that knows the concrete type of each. Commands for which no hub is put together have a
// package each below.
package serve
