// Package visits knows who is in a server of somebody else: an administrator, a teacher, whoever was not invited by a share.
// Each visit is in the audit log, and the server's owner is told of it while it lasts. A request costs no more than a look
// into memory: the database is asked when a visit begins, and told now and then that it goes on.
package visits
