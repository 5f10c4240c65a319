import { useEffect, useRef, useState } from "react";
import { useApp } from "../context";
import type { HubEvent } from "./schema.gen";

export type { HubEvent };

/** How long it takes until a stream that broke off is opened again, in milliseconds: longer each time, up to the most. */
const first = 1_000;
const most = 30_000;
/** The hub says that it is alive every 15 seconds; without a word for longer than this, the connection is dead. */
const silence = 40_000;

/**
 * Hears what happens at the hub while `on` and somebody can see the page: browsers have few connections to a hub, which
 * hidden tabs would use up. What was missed in between comes when it is shown again. `query` narrows it. onEvent gets each event: `open` whenever a stream begins,
 * `reset` when some were missed. Gives whether the connection is lost just now.
 */
export function useEvents(query: string, on: boolean, onEvent: (event: HubEvent) => void): boolean {
  const { api } = useApp();
  const [lost, setLost] = useState(false);
  const heard = useRef(onEvent);
  heard.current = onEvent;
  useEffect(() => {
    if (!on || typeof EventSource === "undefined") return;
    let stream: EventSource | undefined;
    let last = "";
    let wait = first;
    let timer = 0;
    let watch = 0;
    const close = () => {
      stream?.close();
      window.clearTimeout(watch);
      window.clearTimeout(timer);
    };
    const breakOff = () => {
      close();
      setLost(true);
      // Not all pages in the same moment, after a restart of the hub.
      timer = window.setTimeout(open, wait * (0.5 + Math.random()));
      wait = Math.min(2 * wait, most);
    };
    const listen = () => {
      window.clearTimeout(watch);
      watch = window.setTimeout(breakOff, silence);
    };
    const open = () => {
      stream = new EventSource(`${api.stream("events")}&${query}&last_event_id=${encodeURIComponent(last)}`);
      stream.onerror = breakOff;
      stream.onmessage = (e: MessageEvent<string>) => {
        listen();
        last = e.lastEventId || last;
        const event = JSON.parse(e.data) as HubEvent;
        if (event.kind === "open") {
          wait = first;
          setLost(false);
        }
        if (event.kind !== "beat") heard.current(event);
      };
      listen();
    };
    const turn = () => {
      close();
      wait = first;
      if (!document.hidden) open();
    };
    turn();
    document.addEventListener("visibilitychange", turn);
    return () => {
      document.removeEventListener("visibilitychange", turn);
      close();
      setLost(false);
    };
  }, [api, query, on]);
  return lost;
}
