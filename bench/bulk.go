package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// mostRows is how many rows Atrium takes in one bulk request.
const mostRows = 10_000

// bulkRows is how many people the rows about bulk work have.
func (o options) bulkRows() int { return min(o.users, mostRows) }

// userNames are so many people's names, from one number on.
func userNames(from, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = userName(from + i)
	}
	return names
}

// bulkPeople is the body of a request that makes people, or changes those that there are.
// Without a group they are in none that they were not in before.
func bulkPeople(names []string, group string) map[string]any {
	rows := make([]map[string]any, len(names))
	for i, name := range names {
		rows[i] = map[string]any{"username": name}
		if group != "" {
			rows[i]["groups"] = []string{group}
		}
	}
	return map[string]any{"users": rows, "existing": "change"}
}

// bulkServers is the body of a request about people's servers.
func bulkServers(names []string) map[string]any {
	rows := make([]map[string]any, len(names))
	for i, name := range names {
		rows[i] = map[string]any{"username": name}
	}
	return map[string]any{"servers": rows}
}

// bulk asks for work on so many rows, and waits until it is done. What became of each must
// be one of those that are wanted: a row that fails at once would cost next to nothing.
func (c *client) bulk(ctx context.Context, what string, body any, n int, want ...string) (counts map[string]int, err error) {
	res, err := c.call(ctx, http.MethodPost, "/hub/api/bulk/"+what, body, http.StatusOK)
	if err != nil {
		return nil, err
	}
	var done struct {
		Counts map[string]int `json:"counts"`
	}
	if err := json.Unmarshal(res.body, &done); err != nil {
		return nil, fmt.Errorf("bulk %s: %w", what, err)
	}
	for _, status := range want {
		n -= done.Counts[status]
	}
	if n != 0 {
		return done.Counts, fmt.Errorf("bulk %s: %v, not all %v", what, done.Counts, want)
	}
	return done.Counts, nil
}
