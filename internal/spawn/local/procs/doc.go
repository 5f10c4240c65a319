// Package procs knows the processes of this machine: which there are, which of them belong together, how
// they are ended, and when those end that are watched. A process is one by its id and its start
// time together, so that none is signalled that has got the id of another.
package procs
