// Package roster does with a file of people what a teacher wants done with them: it
// reads and checks the whole file, asks the hub what each row would come to, and
// only then sends it, in batches, several at once.
//
// It knows two kinds of hub: Atrium, with its bulk calls, and a stock JupyterHub,
// where it does the same with what that has. It prints nothing: an Observer is told
// of every row, in the file's order.
//
// What a run writes down in a results file survives the run: passwords are in it, on
// the disk, before the hub knows of them, with the key of the request that takes
// them there. A run that was killed is taken up by the next one with the same file.
package roster
