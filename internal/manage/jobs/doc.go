// Package jobs is work on many people or servers at once: who is meant, by a list or a filter, how package roster's job with
// them is run, and how it is told of, in lines, as a plan and as JSON. It also has 'atrium jobs', which tells of such work
// that goes on at the hub.
package jobs
