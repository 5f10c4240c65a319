// Package engine opens databases of SQLite and PostgreSQL, and runs transactions and statements on
// them, whatever their tables: connections, what the engines do differently (dialect.go), prepared
// statements, retries, deadlines, the clock, and the meaning of errors.
//
// Long lists travel as one parameter, a JSON array, so that a hundred thousand names need
// neither pieces nor a hundred thousand placeholders.
package engine
