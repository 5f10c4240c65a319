// Package roles has the commands that make somebody the teacher of a group, and give other roles while the hub runs.
package roles
