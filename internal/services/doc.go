// Package services shows, makes and deletes services, and shows the proxy's table of routes.
// Which services the proxy serves is read from memory, all else from the database.
package services
