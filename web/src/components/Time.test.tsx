import { act, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Time } from "./Time";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-03-01T10:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

test("all times on a page go on by one clock, which stops with the last of them", () => {
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString();
  const page = render(
    <>
      <Time at={ago(50)} none="" />
      <Time at={ago(110)} none="" />
    </>,
  );
  expect(screen.getByText("now")).toBeVisible();
  expect(vi.getTimerCount()).toBe(1);
  act(() => void vi.advanceTimersByTime(30_000));
  expect(screen.getByText("1 min ago")).toBeVisible();
  expect(screen.getByText("2 min ago")).toBeVisible();
  page.unmount();
  expect(vi.getTimerCount()).toBe(0);
});

test("a page that shows times anew has the time of now, and not of when it last showed some", () => {
  const at = new Date().toISOString();
  render(<Time at={at} none="" />).unmount();
  vi.advanceTimersByTime(10 * 60_000);
  render(<Time at={at} none="" />);
  expect(screen.getByText("10 min ago")).toBeVisible();
});
