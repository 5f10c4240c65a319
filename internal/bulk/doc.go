// Package bulk works off jobs of many rows, whatever is done with a row: in short
// transactions, in which a job keeps how far it is and what became of each row, so that any
// replica can go on with it. What is done says a Work, which use cases hand in.
package bulk
