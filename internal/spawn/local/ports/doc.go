// Package ports gives notebook servers ports on the loopback interface, and tells who listens on one.
package ports
