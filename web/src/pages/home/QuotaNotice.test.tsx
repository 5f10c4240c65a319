import { screen } from "@testing-library/react";
import { HttpResponse, http } from "msw";
import { expect, test } from "vitest";
import { alice, aServer, hub, ready } from "../../testing/hub";
import { show } from "../../testing/render";

test("home says that the credits are about to be used up", async () => {
  alice(aServer("lab", ready));
  hub.use(
    http.get("/hub/api/users/alice/servers/lab/notices", () =>
      HttpResponse.json({
        notices: [
          { kind: "time_limit", minutes: 5, grace: false, ends_at: "", message: "Its time is over soon." },
          { kind: "quota", minutes: 5, grace: false, ends_at: "", message: "The credits last for 4 more minutes." },
        ],
      }),
    ),
  );
  show("/hub/home", { quota: { least: 10 } });
  expect(await screen.findByText("The credits last for 4 more minutes.")).toBeVisible();
  expect(screen.queryByText("Its time is over soon.")).toBeNull();
});
