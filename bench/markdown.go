package main

import (
	"fmt"
	"strings"
)

const howToRead = `# Performance

Atrium beside JupyterHub with configurable-http-proxy, as %[1]s measured it: in one
run on one machine, with the same client and the same notebook server, a small static
program. Machines differ, ratios hardly do.

- Both hubs run as they come, with SQLite, with the same people, tokens and running servers, with logins
  that cost nothing (the dummy authenticators), and both log warnings only. They run on the same
  processors as the client and the notebook servers. Their configurations are in the code:
  %[4]s, %[5]s, %[6]s.
- Each figure is the median of %[2]d rounds of %[3]s where a round has a length; the hubs take turns round by round.
- *Processor time* is user and system time of all processes of the hub and its proxy for one operation, as the
  operating system counts it. Neither other programs nor a slow client touch it much.
- A ratio says how many times better Atrium is: more operations, less time, less memory. *At least* is what this
  project wants to reach. What falls short is in the table as it is, with a reason below.
`

// markdown is the document's generated part.
func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, howToRead, "`"+r.Command+"`", r.Rounds, r.Length, source("atrium.go"), source("jupyterhub.go"), source("nginx.go"))
	fmt.Fprintf(&b, "\n%s, on %s:\n\n", r.Date, r.Machine)
	for _, version := range r.Versions {
		fmt.Fprintf(&b, "- %s\n", version)
	}
	for _, other := range []struct{ name, title string }{{"", "JupyterHub"}, {"nginx", "nginx"}} {
		if list := r.beside(other.name); len(list) > 0 {
			fmt.Fprintf(&b, "\n## Beside %s\n\n", other.title)
			writeTable(&b, comparisonRows(list, other.title))
		}
	}
	if len(r.Facts) > 0 {
		b.WriteString("\n## Atrium alone\n\n")
		writeTable(&b, factRows(r.Facts))
	}
	if len(r.Skipped) > 0 {
		b.WriteString("\n## Not measured\n\n")
		for _, why := range r.Skipped {
			fmt.Fprintf(&b, "- %s\n", why)
		}
	}
	return b.String()
}

func source(file string) string { return fmt.Sprintf("[bench/%[1]s](../bench/%[1]s)", file) }

func (r *report) beside(other string) []comparison {
	var list []comparison
	for _, c := range r.Comparisons {
		if c.Other == other {
			list = append(list, c)
		}
	}
	return list
}

func comparisonRows(list []comparison, other string) [][]string {
	rows := [][]string{{
		"Work", "Atrium", other, "Ratio", "At least",
		"Processor time: Atrium", other, "Ratio", "At least", "Reached",
	}}
	for _, c := range list {
		cpuRatio := "–"
		if ratio := c.cpuRatio(); ratio > 0 {
			cpuRatio = digits(ratio) + "×"
		}
		rows = append(rows, []string{
			withNote(c.Work, c.Note),
			figure(median(values(c.Ours)), c.Unit), figure(median(values(c.Theirs)), c.Unit), digits(c.ratio()) + "×", bar(c.Bar),
			duration(median(cpus(c.Ours))), duration(median(cpus(c.Theirs))), cpuRatio, bar(c.CPUBar),
			yesNo(c.Bar > 0 || c.CPUBar > 0, c.reached()),
		})
	}
	return rows
}

func factRows(list []fact) [][]string {
	rows := [][]string{{"What", "Figure", "At most", "Reached"}}
	for _, f := range list {
		most := "–"
		if f.AtMost > 0 {
			most = strings.ReplaceAll(figure(f.AtMost, f.Unit), ".00", "")
		}
		rows = append(rows, []string{withNote(f.Work, f.Note), figure(f.Value, f.Unit), most, yesNo(f.AtMost > 0, f.reached())})
	}
	return rows
}

func withNote(work, note string) string {
	if note == "" {
		return work
	}
	return fmt.Sprintf("%s (%s)", work, note)
}

func bar(least float64) string {
	if least == 0 {
		return "–"
	}
	return fmt.Sprintf("%g×", least)
}

func yesNo(asked, reached bool) string {
	switch {
	case !asked:
		return "–"
	case reached:
		return "yes"
	default:
		return "**no**"
	}
}

// writeTable writes rows, the first of them the head, with the first column to the
// left and the others to the right.
func writeTable(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		fmt.Fprintf(b, "| %s |\n", strings.Join(row, " | "))
		if i == 0 {
			fmt.Fprintf(b, "| :--- |%s\n", strings.Repeat(" ---: |", len(row)-1))
		}
	}
}
