package jobs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/roster"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

// New is 'atrium jobs'.
func New(e *command.Env) *cobra.Command {
	c := NewRunner(e, "atrium jobs")
	cmd := &cobra.Command{
		Use: "jobs", Short: "See how far bulk work is that goes on at the hub, or call it off",
		Long: `See how far bulk work is. What is asked for many people or servers is a job of the hub's:
it goes on by itself, whoever goes away, also when the hub is restarted, and is kept for a
day after its end.

The hub and the token come from where 'atrium users' has them.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddFlags(cmd.PersistentFlags())
	cmd.AddCommand(newJobsShow(c), newJobsList(c), newJobsCancel(c))
	return cmd
}

func newJobsShow(c Runner) *cobra.Command {
	var wait bool
	cmd := &cobra.Command{
		Use: "show ID", Short: "Say how far a job is, and what became of its rows",
		Long: `Say how far a job is, and which of its rows failed; --json has every row. It is told to
whoever asked for the job, and to administrators.

Exit status: 0 all done, or under way, 1 could not start, 2 wrong usage, 3 some rows failed.`,
		Example: c.Example("show 12", "show 12 --wait", "show 12 --json"),
		Args:    oneJob,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, _ := strconv.ParseInt(args[0], 10, 64) // as was checked
			return c.showJob(c.Begin(cmd), id, wait)
		},
	}
	cmd.Flags().BoolVar(&wait, "wait", false, "wait until it is done")
	return cmd
}

// oneJob asks for the id of a job.
func oneJob(cmd *cobra.Command, args []string) error {
	if err := command.OneName("ID")(cmd, args); err != nil {
		return err //nolint:wrapcheck // told as it is
	}
	if id, err := strconv.ParseInt(args[0], 10, 64); err != nil || id <= 0 {
		return errors.New("the id of a job is a number, not " + strconv.Quote(args[0]))
	}
	return nil
}

func (c Runner) showJob(ctx context.Context, id int64, wait bool) error {
	at, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	job, err := at.Client.Job(ctx, id)
	if err == nil && wait && !job.Over() {
		job, err = c.waitJob(ctx, at, job)
	}
	if ctx.Err() != nil && job.ID != 0 {
		c.Complain("⚠️  Interrupted.")
		c.tellGoesOn(job)
		return &command.StatusError{Status: command.ExitNotStart}
	}
	var rows []client.JobResult
	if err == nil {
		for row, broken := range at.Client.JobResults(ctx, id) {
			if err = broken; err == nil {
				rows = append(rows, row)
			}
		}
	}
	if err != nil {
		return c.noJobs(at, err)
	}
	return c.tellJob(job, rows)
}

// noJobs is what a failed call about jobs comes to.
func (c Runner) noJobs(at *talk.Connection, err error) error {
	if errors.Is(err, client.ErrNotAtrium) {
		return c.Fail("Error: this hub is a JupyterHub, which knows no jobs: only Atrium does")
	}
	return c.Failed(at, err)
}

// waitJob waits for a job, and shows how far it is.
func (c Runner) waitJob(ctx context.Context, at *talk.Connection, job client.Job) (client.Job, error) {
	c.StartBar(job.Total)
	last, err := at.Client.WaitJob(ctx, job.ID, func(j client.Job) { c.AtBar(j.Done) })
	c.EndBar()
	if last.ID == 0 {
		last = job
	}
	return last, err //nolint:wrapcheck // told as it is
}

// kindOfJob is what a job does, in words.
func kindOfJob(kind string) string {
	known := map[string]string{
		"users": "create or change people", "passwords": "set passwords", "delete": "delete people",
		"change": "suspend people, let them in again, or have them change their passwords",
		"join":   "put people into a group", "leave": "take people out of a group",
		"quota": "change quotas", "start:servers": "start servers", "delete:servers": "stop servers",
	}
	if words := known[kind]; words != "" {
		return words
	}
	return command.Printable(kind)
}

// jobShown is what --json answers.
type jobShown struct {
	Command string             `json:"command"`
	Job     client.Job         `json:"job"`
	Counts  map[string]int     `json:"counts"`
	Results []client.JobResult `json:"results"`
}

// tellJob says how far a job is, and what failed of it.
func (c Runner) tellJob(job client.Job, rows []client.JobResult) error {
	shown := jobShown{"jobs show", job, map[string]int{}, rows}
	if rows == nil {
		shown.Results = []client.JobResult{}
	}
	for _, r := range rows {
		shown.Counts[r.Status]++
	}
	if c.JSON {
		if err := c.Answer(shown); err != nil {
			return err
		}
	} else {
		out := bufio.NewWriter(c.Env.Out)
		writeJob(out, shown)
		if err := talk.Flush(out); err != nil {
			return err
		}
	}
	if job.Over() && shown.Counts[client.StatusFailed] > 0 {
		return &command.StatusError{Status: command.ExitSomeFailed}
	}
	return nil
}

func writeJob(out io.Writer, x jobShown) {
	state := "done"
	if !x.Job.Over() {
		state = "under way"
	}
	fmt.Fprintf(out, "\n📋 Job %d: %s, %s\n", x.Job.ID, kindOfJob(x.Job.Kind), state)
	fmt.Fprintf(out, "  Rows done: %s\n  Begun: %s\n  Last step: %s\n", talk.OfAll(x.Job.Done, x.Job.Total),
		command.ShortTime(talk.Moment(x.Job.Created), "-"), command.ShortTime(talk.Moment(x.Job.Updated), "-"))
	for _, status := range slices.Sorted(maps.Keys(x.Counts)) {
		fmt.Fprintf(out, "  %s: %d\n", command.Printable(status), x.Counts[status])
	}
	for _, r := range x.Results {
		name := command.Printable(roster.Row{Name: r.Username, Server: r.ServerName}.FullName())
		switch r.Status {
		case client.StatusFailed:
			fmt.Fprintf(out, "  ❌ Failed: %s: %s\n", name, command.Printable(r.Message))
		case client.StatusPending:
			fmt.Fprintf(out, "  ⏳ Waits: %s: %s\n", name, command.Printable(r.Message))
		}
	}
}

// tellGoesOn says of jobs with which the hub goes on by itself how to see them.
func (c Runner) tellGoesOn(jobs ...client.Job) {
	for _, job := range jobs {
		c.Complain("   Job %d goes on at the hub: %s rows were done. To see how far it is:  atrium jobs show %d --wait",
			job.ID, talk.OfAll(job.Done, job.Total), job.ID)
	}
}
