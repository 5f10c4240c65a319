// Package usage is 'atrium usage': for how long servers ran.
package usage
