package jobs

import (
	"bufio"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/atriumhub/atrium/client"
	"github.com/atriumhub/atrium/internal/command"
	"github.com/atriumhub/atrium/internal/manage/talk"
)

func newJobsList(c Runner) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List what bulk work you have asked for",
		Long: `List your own jobs, the newest first, at most a hundred of those that the hub keeps.

Exit status: 0 done, 1 could not start, 2 wrong usage.`,
		Example: c.Example("list", "list --json"),
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := c.Connect(c.Begin(cmd))
			if err != nil {
				return err
			}
			list, err := at.Client.Jobs(cmd.Context())
			if err != nil {
				return c.noJobs(at, err)
			}
			return c.tellJobs(list)
		},
	}
}

// jobsShown is what --json answers.
type jobsShown struct {
	Command string       `json:"command"`
	Jobs    []client.Job `json:"jobs"`
}

func (c Runner) tellJobs(list []client.Job) error {
	if c.JSON {
		return c.Answer(jobsShown{"jobs list", append([]client.Job{}, list...)})
	}
	if len(list) == 0 {
		c.Say("📋 You have asked for no bulk work within the last day")
		return nil
	}
	out := bufio.NewWriter(c.Env.Out)
	fmt.Fprintf(out, "%-8s %-19s %-10s %-17s %s\n", "ID", "Begun", "State", "Rows done", "What")
	for _, job := range list {
		state := "done"
		if !job.Over() {
			state = "under way"
		}
		fmt.Fprintf(out, "%-8d %-19s %-10s %-17s %s\n", job.ID, command.ShortTime(talk.Moment(job.Created), "-"), state,
			talk.OfAll(job.Done, job.Total), kindOfJob(job.Kind))
	}
	return talk.Flush(out)
}

func newJobsCancel(c Runner) *cobra.Command {
	return &cobra.Command{
		Use: "cancel ID", Short: "Call a job off",
		Long: `Call a job off. What is done stays done; the rows that are left are not done any more.
Whoever waits to be deleted stays suspended.

Exit status: 0 called off, 1 could not start, 2 wrong usage.`,
		Example: c.Example("cancel 12"),
		Args:    oneJob,
		RunE: func(cmd *cobra.Command, args []string) error {
			id, _ := strconv.ParseInt(args[0], 10, 64) // as was checked
			at, err := c.Connect(c.Begin(cmd))
			if err != nil {
				return err
			}
			job, err := at.Client.CallOffJob(cmd.Context(), id)
			if err != nil {
				return c.noJobs(at, err)
			}
			if c.JSON {
				return c.Answer(jobsShown{"jobs cancel", []client.Job{job}})
			}
			c.Say("🛑 Called off job %d: %s rows were done. To see which:  atrium jobs show %d --wait", id, talk.OfAll(job.Done, job.Total), id)
			return nil
		},
	}
}
