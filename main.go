// Atrium is a hub for shared Jupyter: people log in and get notebook servers.
package main

import (
	"os"

	"github.com/atriumhub/atrium/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) }
