// Package login opens and ends sessions by passwords, and looks after passwords and first
// logins. All of it is read from the database at each login; nothing is decided from memory,
// but that nearly nobody has a claim that a visit would close.
package login
