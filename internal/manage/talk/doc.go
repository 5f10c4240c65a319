// Package talk is what all commands share that look after a hub from outside: the console, on which they talk to people, ask
// them, show how far they are and write files, and the connection, by which they talk to the hub.
package talk
