// Package bootstrap applies at the start what the configuration declares: the first
// administrator, services, groups and roles. All of it is read from the database.
package bootstrap
