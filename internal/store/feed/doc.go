// Package feed is the table of changes: what transactions note in it of what they have changed, and how
// it is read and pruned. See docs/adr/0020-noted-changes.md.
package feed
