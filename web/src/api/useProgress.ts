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

/**
 * Follows the start of a server while `on`, and calls `onEnd` when it is over, however it ended. A stream that breaks off
 * is no failure: the list is looked up besides.
 */
export function useProgress(server: string, on: boolean, onEnd: () => void): Step | null {
  const { api, data } = useApp();
  const [step, setStep] = useState<Step | null>(null);
  const end = useRef(onEnd);
  end.current = onEnd;
  useEffect(() => {
    setStep(null);
    if (!on || typeof EventSource === "undefined") return;
    const stream = new EventSource(api.stream(`${serverPath(data.user, server)}/progress`));
    stream.onmessage = (e: MessageEvent<string>) => {
      const event = parse(e.data);
      if (event?.ready || event?.failed) {
        stream.close();
        end.current();
      } else if (event?.message) {
        setStep({ progress: clamp(event.progress ?? 0), message: event.message });
      }
    };
    return () => stream.close();
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
