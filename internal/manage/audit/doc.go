// Package audit is 'atrium audit': the record of what was changed on the hub, and by whom.
package audit
