// Package roles makes roles while the hub runs, and gives them to people. They are a second source beside the
// configuration, which never touches them, nor they its own.
package roles
