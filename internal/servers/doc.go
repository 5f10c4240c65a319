// Package servers starts, stops and shows notebook servers, and takes down for the reconciler
// how their runs go. It reads and writes the database; places in the queue, and whether a
// server runs that somebody is about to start, are read from memory.
package servers
