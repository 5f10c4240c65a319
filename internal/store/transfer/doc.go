// Package transfer gives the rows of a whole database, of one moment, and fills an empty one with
// them, on either engine.
package transfer
