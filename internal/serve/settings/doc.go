// Package settings is 'atrium config': what can be set, and what is wrong with what is set, on this machine.
package settings
