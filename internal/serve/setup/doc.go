// Package setup is what commands on a hub's machine share: the configuration, over which flags have the last word, the data
// directory and its lock, and what the configuration names of the machine: database, homes, rights, the driver's options,
// the logo, tokens in files.
package setup
