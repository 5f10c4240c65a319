// Package groups is 'atrium groups': groups, and who is in them.
package groups
