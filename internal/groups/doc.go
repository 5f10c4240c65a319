// Package groups makes, changes, shows and deletes groups of people. Moving many people at a time is bulk work, and people's.
package groups
