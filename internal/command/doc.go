// Package command is what the commands of the command line have in common: what they are
// given, how they end, and how they write numbers, lists and times.
package command
