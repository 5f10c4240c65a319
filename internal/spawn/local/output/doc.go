// Package output keeps what notebook servers print.
//
// A notebook server prints into a named pipe, from which the hub writes the log: a server
// that had the file open could make it as large as the disk, in one call. The server has both
// ends of the pipe open, so that it gets no SIGPIPE when the hub ends. While no hub runs, the
// output stays in the pipe for the next hub, and a server that fills the pipe blocks.
package output
