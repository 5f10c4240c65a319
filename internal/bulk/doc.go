// Package bulk works off bulk jobs: many rows that were asked for in one request. A job is
// kept in the database with its rows, and done in short transactions one after the other;
// each writes what its rows do, what became of them, and how far the job is. So a job that is
// cut off anywhere goes on where it was, each row is done once, and between two transactions
// everybody else gets their turn.
//
// A job is worked on by the replica that holds its claim, which is renewed by every
// transaction. When the replica ends, or is killed, another one takes the job up. What is done
// with a row is the business of a use case, handed in as Work.
package bulk
