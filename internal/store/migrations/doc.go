// Package migrations has the versions of the schema, a file each, and brings a database from one to
// another. Words in them that the engines have otherwise are replaced; see engine.Dialect.
package migrations
