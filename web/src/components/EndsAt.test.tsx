import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { alice, aServer, hub, ready } from "../testing/hub";
import { show } from "../testing/render";

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000 - 1000).toISOString();

test("says when a server's time is over, and announces it when that is near", async () => {
  alice(
    aServer("", { ...ready, ends_at: inMinutes(3 * 24 * 60) }),
    aServer("lab", { ...ready, ends_at: inMinutes(12) }),
    aServer("free", ready),
  );
  show();
  expect(await screen.findByText(/^Its time is over on .*; it stops then\.$/)).toBeVisible();
  expect(screen.getByText(/^Its time is over .*, in 12 minutes; it stops then\. Save your work\.$/)).toBeVisible();
  expect(screen.getByText("A server stops within 15 minutes: its time is over then.")).toBeInTheDocument();
  expect(screen.getAllByText(/Its time is over/)).toHaveLength(2);
  expect(screen.getByRole("button", { name: "30 more minutes for lab" })).toBeEnabled();
});

test("extends the time of a server, and says why not", async () => {
  const { servers } = alice(aServer("", { ...ready, ends_at: inMinutes(12) }));
  const asked: unknown[] = [];
  hub.use(
    http.post("/hub/api/users/alice/server/extend", async ({ request }) => {
      asked.push(await request.json());
      if (asked.length > 1)
        return HttpResponse.json({ status: 403, message: "It cannot be extended." }, { status: 403 });
      const ends = inMinutes(42);
      servers.set("", aServer("", { ...ready, ends_at: ends }));
      return HttpResponse.json({ user: "alice", name: "", ends_at: ends });
    }),
  );
  const { person } = show();
  const more = { name: "30 more minutes for the default server" };
  await person.click(await screen.findByRole("button", more));
  expect(await screen.findByText(/^Its time is over (at|on) [^,]*; it stops then\.$/)).toBeVisible();
  await person.click(screen.getByRole("button", more));
  expect(await screen.findByRole("alert")).toHaveTextContent("It cannot be extended any more.");
  expect(asked).toEqual([{ minutes: 30 }, { minutes: 30 }]);
});
