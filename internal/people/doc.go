// Package people makes, changes, shows and deletes people and groups, one or many at a time.
// Lists and single people are shown from memory; whatever is decided or written is read from
// the database, in the transaction that writes.
package people
