// Package servers is 'atrium servers': people's notebook servers are listed, started, stopped and given up.
package servers
