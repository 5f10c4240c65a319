// Package homes looks after people's homes: whose each is, on which machine it lies, and what
// is to be done with it. All of it is read from the database, and checked against the records
// that lie beside the homes; which place and which node are this hub's lies in memory.
package homes
