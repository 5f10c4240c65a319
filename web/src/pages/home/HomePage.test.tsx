import { act, screen, waitFor, within } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";
import { delay, HttpResponse, http } from "msw";
import { describe, expect, test, vi } from "vitest";
import { FakeEventSource } from "../../testing/eventSource";
import { sent } from "../../testing/forms";
import { alice, aServer, hub, ready, starting } from "../../testing/hub";
import { show } from "../../testing/render";

/** What is said of a server: the default one has a place of its own above the list. */
const row = async (name: string) => {
  if (name !== "Default server") return screen.findByRole("row", { name: new RegExp(`^${name}`) });
  return screen.findByRole("region", { name, busy: false });
};
const defaultProgress = "/hub/api/users/alice/server/progress";

describe("the list", () => {
  test("has a row for each server beside the default one, which comes first, with its state in words", async () => {
    alice(
      aServer("zoo", { ...ready, display_name: "Big zoo" }),
      aServer("lab", { ...starting, queue_place: 3 }),
      aServer("net", { ...starting, queue_place: 2, waits_for: { npu: 2, gpu: 1 } }),
      aServer("bad", { failure: "The image cs101 was not found. Check the profile's image." }),
      aServer("off", { pending: "stop", stopped: false }),
      aServer(""),
    );
    show();
    expect(await row("Default server")).toHaveTextContent("Stopped");
    expect(await row("Big zoo")).toHaveTextContent("Running");
    expect(await row("lab")).toHaveTextContent("Waiting in queue: 3rd");
    expect(await row("net")).toHaveTextContent("Waiting for 1 gpu, 2 npu: 2nd");
    expect(await row("off")).toHaveTextContent("Stopping");
    expect(await row("bad")).toHaveTextContent("FailedThe image cs101 was not found. Check the profile's image.");
    const names = screen.getAllByRole("rowheader").map((cell) => cell.textContent);
    expect(names).toEqual(["bad", "lab", "net", "off", "Big zoo"]);
  });

  test("says why a server was stopped that nobody asked to stop", async () => {
    alice(aServer("", { stop_reason: "idle" }), aServer("lab", { stop_reason: "of a later hub" }));
    show();
    expect(await row("Default server")).toHaveTextContent("Stopped because nobody had used it for a while.");
    expect(await row("lab")).not.toHaveTextContent("because");
  });

  test("says with the default server which of the others hides pages of it", async () => {
    alice(aServer(""), aServer("lab"), aServer("thesis"));
    show();
    const hidden = "Its own pages below lab/ are hidden by the server lab. Delete that one to reach them again.";
    expect(await row("Default server")).toHaveTextContent(hidden);
    expect(await row("lab")).not.toHaveTextContent("hidden");
    expect(screen.getAllByText(/are hidden by/)).toHaveLength(1);
  });

  test("offers what can be done now, and nothing else", async () => {
    alice(aServer(""), aServer("lab", ready), aServer("new", starting), aServer("old"));
    show();
    const offered = async (name: string) =>
      Array.from((await row(name)).querySelectorAll("a, button"), (e) => e.textContent);
    expect(await offered("Default server")).toEqual(["Start and open"]);
    expect(await offered("lab")).toEqual(["lab", "Open", "Stop"]);
    expect(await offered("new")).toEqual(["Open", "Cancel"]);
    expect(await offered("old")).toEqual(["Start", "Delete"]);
    expect(within(await row("lab")).getByRole("link", { name: "Open lab" })).toHaveAttribute(
      "href",
      "/user/alice/lab/",
    );
  });

  test("says above it what is wrong with the hub, where something is", async () => {
    alice(aServer(""));
    show("/hub/home", { notice: "The hub's disk is full." });
    expect(await screen.findByText("The hub's disk is full.")).toBeVisible();
    expect(await row("Default server")).toHaveTextContent("Stopped");
  });

  test("shows what is to come while it is being looked up", async () => {
    hub.use(http.get("/hub/api/users/alice", () => delay("infinite")));
    show();
    expect(await screen.findByRole("region", { name: "Default server" })).toHaveAttribute("aria-busy", "true");
  });

  test("says what it is when it is empty", async () => {
    alice();
    show();
    expect(await screen.findByText(/Here are your notebook servers/)).toBeVisible();
  });
});

/** How many starts are followed. */
const progress = () => [...FakeEventSource.open.keys()].filter((path) => path.endsWith("/progress")).length;

const stream = () => waitFor(() => FakeEventSource.open.get(defaultProgress) ?? Promise.reject(new Error("no stream")));

describe("what happens elsewhere", () => {
  test("is on the page as soon as the hub tells of it", async () => {
    const { servers } = alice(aServer(""));
    show();
    await screen.findByRole("button", { name: "Start and open Default server" });
    const events = await waitFor(
      () => FakeEventSource.open.get("/hub/api/events") ?? Promise.reject(new Error("none")),
    );
    expect(events.url.searchParams.get("name")).toBe("alice");
    events.send({ kind: "open" });
    servers.set("", aServer("", ready));
    events.send({ kind: "server", name: "alice", server: { name: "", ready: true } });
    expect(await screen.findByRole("link", { name: /Open/ }, { timeout: 1_000 })).toBeVisible();
  });
});

describe("starting", () => {
  test("is asked for with the token that is good now, where the page was open for longer than its first", async () => {
    alice(aServer(""));
    hub.use(
      http.get("*/", () => {
        const data = JSON.stringify({ user: "alice", xsrf: "a/token" });
        return HttpResponse.html(`<script type="application/json" id="atrium-data">${data}</script>`);
      }),
    );
    const { person } = show("/hub/home", { xsrf: "old", namedLimit: 5 });
    await person.click(await screen.findByRole("button", { name: "Start and open Default server" }));
    await person.click(screen.getByText("Add a server"));
    await person.type(screen.getByRole("textbox", { name: /Name/ }), "thesis{Enter}");
    expect(sent).toEqual(["POST /hub/spawn/alice _xsrf=a%2Ftoken", "POST /hub/spawn/alice/thesis _xsrf=a%2Ftoken"]);
  });

  test("leads to the page that shows the steps and opens the server", async () => {
    const { log } = alice(aServer(""), aServer("gpu"));
    const { person } = show();
    await person.click(await screen.findByRole("button", { name: "Start and open Default server" }));
    await person.click(await screen.findByRole("button", { name: "Start gpu" }));
    expect(sent).toEqual(["POST /hub/spawn/alice _xsrf=a%2Ftoken", "POST /hub/spawn/alice/gpu _xsrf=a%2Ftoken"]);
    expect(log).toEqual([]);
    expect(progress()).toBe(0); // nothing is asked about a start that the hub has not taken yet
  });

  test("one that goes on is followed, can be opened, and says when it is ready", async () => {
    const { servers } = alice(aServer("", starting));
    show();
    expect(await screen.findByRole("link", { name: "Open Default server" })).toHaveAttribute(
      "href",
      "/hub/spawn-pending/alice",
    );
    const steps = await stream();
    expect(steps.url.searchParams.get("_xsrf")).toBe("a/token");
    steps.send({ progress: 50, message: "Process started" });
    expect(await row("Default server")).toHaveTextContent("StartingProcess started");
    expect(screen.getByRole("progressbar")).toHaveAttribute("aria-valuenow", "50");

    servers.set("", aServer("", ready));
    steps.send({ progress: 100, ready: true, url: "/user/alice/" });
    await waitFor(() =>
      expect(screen.getByRole("link", { name: "Open Default server" })).toHaveAttribute("href", "/user/alice/"),
    );
    expect(await screen.findByRole("alert")).toHaveTextContent("The default server is ready.");
    expect(progress()).toBe(0);
  });

  test("is followed while somebody can see the page", async () => {
    alice(aServer("", starting));
    show();
    await stream();
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    expect(progress()).toBe(0);
    hidden.mockRestore();
    act(() => void document.dispatchEvent(new Event("visibilitychange")));
    await stream();
  });

  test("asks again for steps that the hub would not tell", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    try {
      alice(aServer("", starting));
      show();
      (await stream()).refuse();
      expect(progress()).toBe(0);
      await act(() => vi.advanceTimersByTimeAsync(6_000));
      (await stream()).send({ progress: 50, message: "Process started" });
      expect(await row("Default server")).toHaveTextContent("Process started");
    } finally {
      vi.useRealTimers();
    }
  });

  test("says why it failed, and leads to its log", async () => {
    const { servers } = alice(aServer("", starting));
    show();
    const steps = await stream();
    servers.set("", aServer("", { failure: "The disk is full." }));
    steps.send({ progress: 100, failed: true, message: "Spawn failed: The disk is full." });
    expect(await screen.findByRole("alert")).toHaveTextContent("The default server could not start. The disk is full.");
    expect(await screen.findByRole("button", { name: "Try again Default server" })).toBeVisible();
    expect(screen.getByRole("link", { name: "Details of Default server" })).toHaveAttribute(
      "href",
      "/hub/spawn-pending/alice",
    );
  });

  test("follows three starts at most, so that streams leave connections for the rest", async () => {
    alice(...["", "a", "b", "c", "d"].map((name) => aServer(name, starting)));
    show();
    await row("d");
    await waitFor(() => expect(progress()).toBe(3));
  });
});

describe("what the hub refuses", () => {
  const refuses = (status: number, message: string, headers: Record<string, string> = {}) =>
    hub.use(
      http.delete("/hub/api/users/alice/server", () => HttpResponse.json({ status, message }, { status, headers })),
    );
  const stop = async (person: UserEvent) => {
    await person.click(await screen.findByRole("button", { name: "Stop Default server" }));
    await person.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Stop" }));
  };

  test("is told with the number of the request, and the list is as it was", async () => {
    alice(aServer("", ready));
    refuses(429, "Too Many Requests", { "Retry-After": "30", "X-Request-Id": "R1" });
    const { person } = show();
    await stop(person);
    const problem = await screen.findByRole("alert");
    expect(problem).toHaveTextContent(
      "The default server could not be stopped. That was too much in a short time. Try again in 30 seconds.",
    );
    expect(problem).toHaveTextContent("R1");
    await waitFor(async () => expect(await row("Default server")).toHaveTextContent("Running"));
  });

  test("is told as the hub tells it to people", async () => {
    alice(aServer("", ready));
    hub.use(
      http.delete("/hub/api/users/alice/server", () =>
        HttpResponse.json(
          { status: 400, message: "alice/ is pending", plain: "The server is just stopping." },
          { status: 400 },
        ),
      ),
    );
    const { person } = show();
    await stop(person);
    const problem = await screen.findByRole("alert");
    expect(problem).toHaveTextContent("The default server could not be stopped. The server is just stopping.");
    expect(problem).not.toHaveTextContent("pending");
  });

  test.each([
    [403, "Action is not authorized with current scopes; requires any of [servers]", "You may not do this."],
    [404, "No access to resources or resources not found", "It is not there any more."],
  ])("is told to people in words for people: %d", async (status, message, words) => {
    alice(aServer("", ready));
    refuses(status, message);
    const { person } = show();
    await stop(person);
    const problem = await screen.findByRole("alert");
    expect(problem).toHaveTextContent(words);
    expect(problem).not.toHaveTextContent("resources");
    expect(problem).not.toHaveTextContent("scopes");
  });
});

describe("what is lost is asked about first", () => {
  test("stopping", async () => {
    const { log } = alice(aServer("", ready));
    const { person } = show();
    await person.click(await screen.findByRole("button", { name: "Stop Default server" }));
    const dialog = await screen.findByRole("dialog", { name: "Stop the default server?" });
    const [first] = within(dialog).getAllByRole("button");
    expect(first).toHaveTextContent("Keep it running");
    await person.click(within(dialog).getByRole("button", { name: "Keep it running" }));
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(log).toEqual([]);

    await person.click(screen.getByRole("button", { name: "Stop Default server" }));
    await person.click(within(await screen.findByRole("dialog")).getByRole("button", { name: "Stop" }));
    await waitFor(async () => expect(await row("Default server")).toHaveTextContent("Stopped"));
    expect(log).toEqual(["DELETE /hub/api/users/alice/server"]);
  });

  test("deleting", async () => {
    const { log } = alice(aServer(""), aServer("old"));
    const { person } = show();
    await person.click(await screen.findByRole("button", { name: "Delete old" }));
    const dialog = await screen.findByRole("dialog", { name: "Delete the server old?" });
    await person.click(within(dialog).getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(screen.queryByText("old")).toBeNull());
    await waitFor(() => expect(log).toEqual(['DELETE /hub/api/users/alice/servers/old {"remove":true}']));
  });

  test("a start is cancelled without a question: nothing is in it yet", async () => {
    const { log } = alice(aServer("", starting));
    const { person } = show();
    await person.click(await screen.findByRole("button", { name: "Cancel the start of Default server" }));
    await waitFor(() => expect(log).toEqual(["DELETE /hub/api/users/alice/server"]));
  });
});

describe("adding a server", () => {
  test.each([
    ["", "Give the server a name."],
    ["1st", "Begin with a lower-case letter."],
    ["a--b", "Use lower-case letters, digits and single hyphens between them."],
    ["a_b", "Use lower-case letters, digits and single hyphens between them."],
    ["a-", "Use lower-case letters, digits and single hyphens between them."],
    ["a".repeat(31), "Use at most 30 characters."],
    ["lab", "You have a server of this name already."],
    ["tree", "The default server's own pages below tree/ would be hidden. Choose another name, such as tree-2."],
  ])("refuses the name '%s'", async (name, problem) => {
    alice(aServer(""), aServer("lab"));
    const { person } = show();
    const input = await screen.findByLabelText("Name");
    if (name) await person.type(input, name);
    await person.click(screen.getByRole("button", { name: "Add and start" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(problem);
    expect(input).toBeInvalid();
    expect(sent).toEqual([]);
  });

  test("starts it on the page that shows the steps and opens it", async () => {
    alice(aServer(""), aServer("lab"));
    const { person } = show();
    await person.click(await screen.findByText("Add a server"));
    expect(await screen.findByText(/You have 1 of 10\./)).toBeVisible();
    await person.type(await screen.findByLabelText("Name"), "Thesis-2{Enter}");
    expect(sent).toEqual(["POST /hub/spawn/alice/thesis-2 _xsrf=a%2Ftoken"]);
  });

  test("is not offered at the limit, nor where named servers are off", async () => {
    alice(aServer(""), aServer("lab"));
    const { unmount } = show("/hub/home", { namedLimit: 1 });
    expect(await screen.findByText(/You have 1 of 1\./)).toBeInTheDocument();
    expect(screen.queryByLabelText("Name")).toBeNull();
    unmount();
    show("/hub/home", { namedLimit: 0 });
    await row("Default server");
    expect(screen.queryByText("Add a server")).toBeNull();
  });
});

describe("when the hub does not answer as hoped", () => {
  const answers = (status: number, message: string) =>
    hub.use(http.get("/hub/api/users/alice", () => HttpResponse.json({ status, message }, { status })));

  test("a session that ended leads to the login", async () => {
    answers(403, "Missing or invalid credentials.");
    show();
    expect(await screen.findByRole("alert")).toHaveTextContent("Your session ended. Log in again in a new tab");
    expect(screen.getByRole("link", { name: "Log in" })).toHaveAttribute("href", "/hub/login?next=%2F");
    expect(screen.getByRole("link", { name: "Log in" })).toHaveAttribute("target", "_blank"); // what was typed stays
    expect(screen.queryByRole("region", { name: "Default server" })).toBeNull();
  });

  test("an old page asks to be loaded again", async () => {
    answers(403, "XSRF cookie does not match GET argument");
    hub.use(http.get("/", () => HttpResponse.html("<h1>Log in</h1>"))); // nobody is logged in any more
    show();
    expect(await screen.findByRole("button", { name: "Load the page again" })).toBeVisible();
  });

  test("a failure can be tried again, and nothing internal shows", async () => {
    answers(500, "sql: database is closed");
    const { person } = show();
    const problem = await screen.findByRole("alert");
    expect(problem).toHaveTextContent(
      "Your servers can't be shown. Something failed on the hub. Try again in a moment",
    );
    expect(problem).not.toHaveTextContent("sql");
    alice(aServer(""));
    await person.click(screen.getByRole("button", { name: "Try again" }));
    expect(await row("Default server")).toBeVisible();
    expect(screen.queryByRole("alert")).toBeNull();
  });

  test("no network", async () => {
    hub.use(http.get("/hub/api/users/alice", () => HttpResponse.error()));
    show();
    expect(await screen.findByRole("alert")).toHaveTextContent(
      "The hub did not answer. Check your connection, then try again.",
    );
  });
});

describe("the frame", () => {
  test("leads home, to the password and out", async () => {
    alice(aServer(""));
    const { person } = show();
    await row("Default server");
    expect(screen.getByRole("link", { name: "Home" })).toHaveAttribute("aria-current", "page");
    await person.click(screen.getByText("alice"));
    expect(screen.getByRole("link", { name: "Account" })).toHaveAttribute("href", "/hub/account");
    expect(screen.getByRole("link", { name: "Log out" })).toHaveAttribute("href", "/hub/logout");
    await person.keyboard("{Escape}");
    expect(screen.getByText("alice").closest("details")).not.toHaveAttribute("open");
  });

  test("says when a path leads nowhere", async () => {
    show("/hub/nothing");
    expect(await screen.findByRole("heading", { name: "There is nothing here" })).toBeVisible();
  });
});

describe("one thing to do", () => {
  test("is the only loud button of the page, whatever the servers do", async () => {
    for (const [mine, button] of [
      [aServer(""), "Start and open"],
      [aServer("", ready), "Open"],
      [aServer("", starting), "Open"],
      [aServer("", { failure: "The disk is full." }), "Try again"],
    ] as const) {
      alice(mine, aServer("lab", ready), aServer("old"));
      const { unmount } = show();
      const own = await row("Default server");
      const loud = [
        ...document.querySelectorAll('main [data-variant="filled"], main .mantine-Button-root:not([data-variant])'),
      ];
      expect(loud.map((e) => e.textContent)).toEqual([button]);
      expect(own).toContainElement(loud[0] as HTMLElement);
      unmount();
    }
  });
});

describe("in German", () => {
  test("home says all in one language", async () => {
    vi.spyOn(navigator, "languages", "get").mockReturnValue(["de-DE"]);
    try {
      alice(aServer("", { ...starting, queue_place: 3 }), aServer("lab", ready), aServer("old"));
      show("/hub/home", { services: [{ name: "wiki", url: "/services/wiki/" }] });
      const own = await screen.findByRole("region", { name: "Standardserver", busy: false });
      expect(own).toHaveTextContent("In der Warteschlange: 3.");
      expect(screen.getByRole("button", { name: "Anhalten: lab" })).toBeVisible();
      expect(screen.getByRole("link", { name: "Startseite" })).toBeVisible();
      const said = document.body.textContent ?? "";
      expect(said).not.toMatch(/\b(server|start|open|the|your|delete|stop|never|ago)\b/);
    } finally {
      vi.restoreAllMocks();
    }
  });
});

describe("services", () => {
  test("are listed where there are any", async () => {
    alice(aServer(""));
    show("/hub/home", { services: [{ name: "wiki", url: "/services/wiki/" }] });
    const list = await screen.findByRole("region", { name: "Services" });
    expect(within(list).getByRole("link", { name: "wiki" })).toHaveAttribute("href", "/services/wiki/");
  });

  test("are not spoken of where there are none", async () => {
    alice(aServer(""));
    show();
    await row("Default server");
    expect(screen.queryByRole("heading", { name: "Services" })).toBeNull();
  });
});
