// Package credentials knows the file in which the hub writes down the administrator that
// it made at its first start, and in which commands on the same machine find the hub.
package credentials
