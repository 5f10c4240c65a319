// Package container opens what Excel's files and OpenDocument's are: ZIP files with XML in them, packages of parts. It bounds
// what reading one can cost.
package container
