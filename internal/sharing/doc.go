// Package sharing lets people share their servers with people and groups, by name or by a
// code. All of it is read from the database.
package sharing
