// Package manage is the commands that look after a hub from outside: people, groups,
// servers, homes, tokens and the audit log. All they know of the hub they know by its REST
// API, through package client, so that they work on any JupyterHub too.
package manage
