// Package supervisor runs the programs that the configuration gives as services with a
// command: it starts them, puts what they print into the hub's log, starts them again
// when they end, and ends them with the hub.
//
// A service is a child of the hub in a session of its own, as in JupyterHub 6.1.1.
package supervisor
