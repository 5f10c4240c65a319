// Package local runs notebook servers as processes of this machine.
//
// A server is started through a small mode of the hub's own binary (ExecMain),
// which inherits the locked file servers/ID.lock, writes who it is to
// servers/ID.json, gives up its rights and becomes the notebook server. The lock
// is taken before there is a process and goes with the last one that holds it, so
// a free lock means that nothing lives and nothing is about to: whoever takes it
// may decide. A notebook server can unlock what it inherited, so it also counts as
// alive while the recorded process id has the recorded start time and the machine
// the recorded boot id. A process that does not match is never signalled.
//
// A process can also hide from its server's end: without its environment and files, and as
// nobody's child. Where a uid is one home's alone, all of it that is no older than the
// person's servers ends with the last of them.
//
// Limits are set by that mode, before the program: a cgroup of the run's own, named in the
// record, or rlimits. See docs/adr/0017-limits-of-local-servers.md.
//
// Everything that must survive the hub is in the record: fence, process, port, and
// how the run ended. Output goes through the pipe servers/ID.pipe, which the hub
// reads into servers/ID.log. The server has it open both ways, so that it does not break
// with the hub.
//
// The data directory, as root:
//
//	DATA_DIR          0711  root; files in it 0600
//	  node-id         0600
//	  homes/          0711  root
//	    USER-ID/      0700  the person's own uid
//	  python/         0755  root; the managed Python environment
//	  servers/        0700  root; locks, records, pipes, logs
//
// Not as root, all servers run as the hub's uid, and nothing protects people from
// each other: the caller has to say so.
package local
