// Atrium is a hub for shared Jupyter: people log in and get notebook servers.
package main

import (
	"os"
	_ "time/tzdata" // time zones of the configuration, also where the machine has none

	"github.com/atriumhub/atrium/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args, os.Stdin, os.Stdout, os.Stderr)) }
