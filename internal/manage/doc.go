// Package manage is the commands that look after a hub from outside, put together: as atrium has them, a package each
// below, and as the scripts of the user management guide had them. All that they know of the hub they know by its REST
// API, through package client, so that they work on any JupyterHub too.
package manage
