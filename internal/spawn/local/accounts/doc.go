// Package accounts tells which account of this machine a notebook server runs as, and gives user ids that
// no account has a name in their servers.
package accounts
