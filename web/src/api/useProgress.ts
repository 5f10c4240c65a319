import { useEffect, useRef, useState } from "react";
import { useApp } from "../context";
import { serverPath } from "./servers";

/** The newest step of a start. */
export interface Step {
  /** 0 to 100. */
  progress: number;
  message: string;
}

interface ProgressEvent extends Partial<Step> {
  ready?: boolean;
  failed?: boolean;
}

/** After how long a stream that the hub refused is asked for again, in milliseconds. */
const again = 5_000;

/**
 * Follows the start of a server while `on` and somebody can see the page: browsers have few connections to a hub, which
 * hidden tabs would use up. It calls `onEnd` when it is over, however it ended. A stream that breaks off, or that the
 * hub refuses, is no failure: it is asked for again, and the list is looked up besides.
 */
export function useProgress(server: string, on: boolean, onEnd: () => void): Step | null {
  const { api, data } = useApp();
  const [step, setStep] = useState<Step | null>(null);
  const end = useRef(onEnd);
  end.current = onEnd;
  useEffect(() => {
    setStep(null);
    if (!on || typeof EventSource === "undefined") return;
    let waiting = 0;
    let over = false;
    let stream: EventSource | undefined;
    const open = () => {
      const opened = new EventSource(api.stream(`${serverPath(data.user, server)}/progress`));
      stream = opened;
      opened.onmessage = (e: MessageEvent<string>) => {
        const event = parse(e.data);
        if (event?.ready || event?.failed) {
          over = true;
          opened.close();
          end.current();
        } else if (event?.message) {
          setStep({ progress: clamp(event.progress ?? 0), message: event.message });
        }
      };
      // A browser comes back by itself after a connection that broke off, but not after an answer that is no stream.
      opened.onerror = () => {
        if (opened.readyState === EventSource.CLOSED) waiting = window.setTimeout(open, again);
      };
    };
    const close = () => {
      window.clearTimeout(waiting);
      stream?.close();
    };
    const turn = () => {
      close();
      if (!document.hidden && !over) open();
    };
    turn();
    document.addEventListener("visibilitychange", turn);
    return () => {
      document.removeEventListener("visibilitychange", turn);
      close();
    };
  }, [api, data.user, server, on]);
  return step;
}

function parse(text: string): ProgressEvent | null {
  try {
    const event: unknown = JSON.parse(text);
    return typeof event === "object" ? event : null;
  } catch {
    return null;
  }
}

function clamp(progress: number): number {
  return Math.max(0, Math.min(100, progress));
}
