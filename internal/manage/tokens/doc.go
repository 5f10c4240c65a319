// Package tokens is 'atrium tokens': API tokens are made, listed and revoked.
package tokens
