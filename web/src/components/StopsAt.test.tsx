import { render, screen } from "@testing-library/react";
import { expect, test } from "vitest";
import type { Server } from "../api/servers";
import { StopsAt } from "./StopsAt";

const soon = new Date(Date.now() + 3 * 86_400_000).toISOString();
const past = new Date(Date.now() - 60_000).toISOString();

function shown(idle: Partial<NonNullable<Server["idle"]>> | null, ready = true, why = false): string {
  const server = {
    name: "",
    ready,
    idle: idle ? { since: past, stops_at: soon, reason: "idle", spared: false, kernels: null, ...idle } : undefined,
  } as Server;
  return render(<StopsAt server={server} why={why} />).container.textContent ?? "";
}

test("says when a server stops, and why", () => {
  expect(shown({})).toMatch(/^Stops on .* if it is not used until then\.$/);
  expect(shown({ reason: "max_age" })).toMatch(/^Stops on .*: it may run no longer\.$/);
  expect(shown({ spared: true })).toMatch(/^Not stopped before .*, when hours end in which no server is\.$/);
  expect(shown({ stops_at: past })).toBe("Stops soon if it is not used.");
});

test("says nothing of one that goes on, or does not run", () => {
  expect(shown(null)).toBe("");
  expect(shown({}, false)).toBe("");
});

test("says in the details what its kernels did", () => {
  shown({ kernels: { asked: past, total: 2, busy: 1, connections: 3 } }, true, true);
  expect(screen.getByText(/Last used .* 1 of its 2 kernels were computing\. 3 pages were connected/)).toBeVisible();
});
