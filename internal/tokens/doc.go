// Package tokens makes, shows and revokes API tokens, and gives applications theirs by OAuth.
// All of it is read from the database; when a token was last used is known from memory first.
package tokens
