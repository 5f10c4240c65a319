import { screen, within } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { daysAgo } from "../../components/chart/days";
import { alice, aServer, hub } from "../../testing/hub";
import { show } from "../../testing/render";

const used = (items: { day: string; seconds: number; people: number }[]) =>
  hub.use(
    http.get("*/hub/api/users/alice/usage", () => HttpResponse.json({ from: daysAgo(14), to: daysAgo(1), items })),
  );

test("says for how long one's own servers ran, each day on demand", async () => {
  alice(aServer(""));
  used([
    { day: daysAgo(2), seconds: 5400, people: 1 },
    { day: daysAgo(1), seconds: 1795, people: 1 },
  ]);
  const { person } = show();
  const usage = within(await screen.findByRole("region", { name: "Usage" }));
  expect(usage.getByText("Your servers ran 2 h within the last 14 days.")).toBeVisible();
  await person.click(usage.getByText("By day, of UTC"));
  expect(usage.getAllByRole("row")[1]).toHaveTextContent(/30 min$/);
  expect(usage.getAllByRole("row")[2]).toHaveTextContent(/1\.5 h$/);
});

test("says nothing where nothing ran", async () => {
  alice(aServer(""));
  used([]);
  show();
  await screen.findByRole("region", { name: "Default server", busy: false });
  expect(screen.queryByRole("region", { name: "Usage" })).toBeNull();
});
