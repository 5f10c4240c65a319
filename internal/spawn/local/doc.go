// Package local runs notebook servers as processes of this machine.
//
// A server is started through a small mode of the hub's own binary (ExecMain), which inherits
// the locked file servers/ID.lock, writes its record to servers/ID.json, drops its privileges
// and executes the notebook server. The lock is taken before there is a process, and is
// released when the last process that has inherited it ends. So a free lock means that
// nothing of the server is alive or about to be: whoever takes it may change the record. A
// notebook server can unlock what it inherited, so it also counts as alive while the recorded
// process id has the recorded start time and the machine the recorded boot id. A process that
// does not match is never signalled.
//
// A process can hide from its server's end: without its environment and files, and orphaned.
// If a uid belongs to one home alone, all processes with it that are no older than the user's
// servers are ended with the last of these (leftovers.go).
//
// Limits are set by that mode, before the program: a cgroup of the run's own, named in the
// record, or rlimits. See docs/adr/0017-limits-of-local-servers.md.
//
// What that needs of the machine is in packages below: procs (which processes there are, and how they
// are ended), ports, output (pipes and logs), limits with cgroup, accounts, pyenv with uservenv.
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
