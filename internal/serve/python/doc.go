// Package python is 'atrium python': the Python environment that the hub installs for notebook servers.
package python
