// Package backups is 'atrium backup' and 'atrium restore': all that a hub knows, into one file and back.
package backups
