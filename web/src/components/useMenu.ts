import { type RefObject, useEffect, useRef } from "react";

/** Closes a menu of `details` as menus close: by Escape, and by whatever is done outside. It opens without this, too. */
export function useMenu(): RefObject<HTMLDetailsElement | null> {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (e: Event) => {
      const details = menu.current;
      if (!details?.open) return;
      if (e instanceof KeyboardEvent) {
        if (e.key !== "Escape") return;
        details.querySelector("summary")?.focus();
      } else if (e.target instanceof Node && details.contains(e.target)) {
        return;
      }
      details.open = false;
    };
    document.addEventListener("pointerdown", close);
    document.addEventListener("focusin", close);
    document.addEventListener("keydown", close);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("focusin", close);
      document.removeEventListener("keydown", close);
    };
  }, []);
  return menu;
}
