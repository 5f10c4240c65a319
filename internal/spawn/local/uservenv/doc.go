// Package uservenv makes the place in people's homes for Python packages of their own, on top of the
// managed environment that their servers run in.
package uservenv
