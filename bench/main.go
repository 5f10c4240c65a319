// Command bench measures Atrium beside JupyterHub with configurable-http-proxy, in
// one run on this machine, with the same client and the same notebook server; and
// its proxy beside nginx. Both are measured by turns, so that whatever else the
// machine does meanwhile falls on both. It prints a table, and a whole run writes it
// to docs/performance.md too. A figure that falls short is no error: it is in the table.
//
//	go run ./bench [-only user,page] [-rounds 3] [-length 3s] [-docs FILE] [-o FILE]
//	go run ./bench -beside COMMIT [-rounds 7] [-o FILE]
//
// With -beside it measures the request paths of this build, logins and servers' starts among
// them, beside an earlier commit's; with -only rest too, what both take at rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options say what is measured, and for how long.
type options struct {
	only         []string // rows; empty is all
	path         string   // texts, one of which the names of request paths have; empty is all
	rounds       int
	length, rest time.Duration
	users, more  int // people in the hubs, and in the larger Atrium
	servers      int
	websockets   int
	docs, output string
	beside       string // a commit; empty: beside JupyterHub
	given        string // what of it was given, but for files
}

// The rows by the names under which -only knows them.
const (
	rowStart      = "start"
	rowCreate     = "create"
	rowUser       = "user"
	rowName       = "name"
	rowPage       = "page"
	rowMore       = "more"
	rowServers    = "servers"
	rowRestart    = "restart"
	rowMemory     = "memory"
	rowSmall      = "small"
	rowBig        = "big"
	rowWebsockets = "websockets"
	rowPeople     = "people"
	rowPasswords  = "passwords"
	rowGuide      = "guide"
	rowLogins     = "logins"
	rowStudent    = "student"
	rowRest       = "rest"
	rowPanels     = "panels"
	rowGroup      = "group"
	rowWriter     = "writer"
	rowRevocation = "revocation"
)

var rowNames = []string{
	rowStart, rowCreate, rowUser, rowName, rowPage, rowMore, rowServers, rowRestart, rowMemory, rowSmall, rowBig, rowWebsockets,
	rowPeople, rowPasswords, rowGuide, rowLogins, rowStudent, rowRest, rowPanels, rowGroup, rowWriter, rowRevocation,
}

// besideJupyterHub are the rows for which that has to run.
func besideJupyterHub() []string {
	return slices.DeleteFunc(slices.Clone(rowNames), func(row string) bool {
		return row == rowMore || slices.Contains(ownHubs(), row)
	})
}

// ownHubs are the rows that start what they need themselves.
func ownHubs() []string {
	return []string{rowStart, rowPeople, rowPasswords, rowLogins, rowStudent, rowRest, rowPanels, rowGroup, rowWriter, rowRevocation}
}

func parse(args []string) (options, error) {
	var opt options
	var only string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&only, "only", "", "rows to measure, separated by commas: "+strings.Join(rowNames, ","))
	flags.IntVar(&opt.rounds, "rounds", 3, "rounds to take the median of")
	flags.DurationVar(&opt.length, "length", 3*time.Second, "length of a round, where one has a length")
	flags.DurationVar(&opt.rest, "rest", 30*time.Second, "idle time before memory is read")
	flags.IntVar(&opt.users, "users", 10_000, "people in the hubs' databases")
	flags.IntVar(&opt.more, "more", 100_000, "people in the database of the larger Atrium")
	flags.IntVar(&opt.servers, "servers", 100, "notebook servers")
	flags.IntVar(&opt.websockets, "websockets", 1000, "websockets")
	flags.StringVar(&opt.docs, "docs", "docs/performance.md", "document whose table a run of all rows replaces; empty: none")
	flags.StringVar(&opt.beside, "beside", "", "a `commit` of this repository: only measure whether request paths are dearer than in its build, in at least 7 rounds")
	flags.StringVar(&opt.path, "path", "", "with -beside, a `text`: only the request paths whose name has it, or one of several with commas between")
	flags.StringVar(&opt.output, "o", "", "also write the figures to this file, as JSON")
	if err := flags.Parse(args); err != nil {
		return opt, err
	}
	flags.Visit(func(f *flag.Flag) {
		if f.Name != "docs" && f.Name != "o" {
			opt.given += fmt.Sprintf(" -%s %s", f.Name, f.Value)
		}
	})
	if only != "" {
		opt.only = strings.Split(only, ",")
		opt.docs = "" // a table with holes helps nobody
	}
	if opt.beside != "" {
		opt.rounds, opt.docs = max(opt.rounds, leastRounds), ""
	}
	for _, name := range opt.only {
		if !slices.Contains(rowNames, name) {
			return opt, fmt.Errorf("-only: there is no row %q; the rows are %s", name, strings.Join(rowNames, ", "))
		}
	}
	if opt.rounds < 1 || opt.servers < 1 || opt.length <= 0 || opt.websockets < 2 {
		return opt, errors.New("-rounds, -servers and -length must be at least 1, and -websockets 2")
	}
	return opt, opt.checkUsers()
}

// checkUsers sees to it that every name has five digits, and every filter finds as many.
func (o options) checkUsers() error {
	if o.users < max(leastUsers, o.servers) || o.more < o.users || o.more > mostUsers || o.users%100 != 0 || o.more%100 != 0 {
		return fmt.Errorf("-users and -more must be hundreds from %d to %d, -more no less than -users, and -servers no more", leastUsers, mostUsers)
	}
	return nil
}

func (o options) wants(rows ...string) bool {
	return len(o.only) == 0 || slices.ContainsFunc(rows, func(row string) bool { return slices.Contains(o.only, row) })
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	opt, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	b, err := newBench(ctx, opt, progress)
	if err != nil {
		return err
	}
	defer b.end()
	if opt.beside != "" {
		return b.measureBeside(ctx, opt.beside, out)
	}
	failed := b.run(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if failed != nil {
		opt.docs = "" // a table with holes helps nobody
	}
	return errors.Join(failed, b.report.print(out), b.report.save(opt.docs, opt.output))
}
