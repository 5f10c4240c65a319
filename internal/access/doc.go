// Package access says who makes a request and what they may do: requesters and the
// identities that tokens and cookies stand for, what roles and scopes come to, and the policy
// that nobody gains a right that they do not have.
//
// Identities are resolved from memory, where the feed of changes keeps them true; what the
// policy decides about people, groups and servers is read from the database, in the
// transaction that acts on it.
package access
