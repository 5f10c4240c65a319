import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";

/** How those that are open are closed by a key, the one in front last. */
const front: (() => void)[] = [];

function onKey(e: KeyboardEvent): void {
  if (e.key === "Escape" && !e.isComposing) front.at(-1)?.();
}

/** By a dialog's element: what had the focus before it, and before those it was opened from. */
const ways = new WeakMap<Element, Element[]>();

/**
 * What each dialog does: Escape closes the one in front alone, and none that is held; afterwards the focus is where it was.
 * Mantine sees to that only where a dialog stays mounted.
 */
export function useDialog(onClose: () => void, held = false) {
  const close = held ? () => undefined : onClose;
  const latest = useRef(close);
  latest.current = close;
  useLayoutEffect(() => {
    const shut = () => latest.current();
    if (front.push(shut) === 1) window.addEventListener("keydown", onKey, { capture: true });
    return () => {
      front.splice(front.indexOf(shut), 1);
      if (front.length === 0) window.removeEventListener("keydown", onKey, { capture: true });
    };
  }, []);
  const [way] = useState(wayHere); // before the dialog takes the focus
  useEffect(() => () => goBack(way), [way]);
  const content = useCallback(
    (element: Element | null) => {
      if (element) ways.set(element, way);
    },
    [way],
  );
  return { content, close };
}

function wayHere(): Element[] {
  const from = document.activeElement;
  if (!from || from === document.body) return [];
  const dialog = from.closest("[role=dialog]");
  return [from, ...((dialog && ways.get(dialog)) ?? [])];
}

/** Gives the focus back to what had it, or to what is left of that: a folded menu's button, the page's title. */
function goBack(way: Element[]): void {
  if (document.activeElement && document.activeElement !== document.body) return; // it has gone on already
  for (const place of way) {
    if (takes(place) || takes(place.closest("details")?.querySelector("summary"))) return;
  }
  const title = document.querySelector<HTMLElement>("main h1") ?? document.querySelector<HTMLElement>("main");
  if (!title) return;
  title.tabIndex = -1;
  takes(title);
}

function takes(place: Element | null | undefined): boolean {
  if (!(place instanceof HTMLElement) || !place.isConnected) return false;
  place.focus({ preventScroll: true });
  return document.activeElement === place;
}

/**
 * Puts the focus at the beginning of the step that a dialog has come to, or at what is to have it there: what had it before
 * went with the step before.
 */
export function useStepFocus(step: unknown) {
  const body = useRef<HTMLDivElement>(null);
  const before = useRef(step);
  useEffect(() => {
    if (before.current === step) return;
    before.current = step;
    const wanted = [...(body.current?.querySelectorAll<HTMLElement>("[data-autofocus]") ?? [])];
    (wanted.find((element) => !element.closest("[hidden]")) ?? body.current)?.focus();
  }, [step]);
  return body;
}
