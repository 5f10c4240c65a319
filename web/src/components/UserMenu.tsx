import { useEffect, useRef } from "react";
import { useApp } from "../context";
import { useText } from "../text/text";

/** What a person does about themselves. It closes like a menu; it opens without this, too. */
export function UserMenu() {
  const { data } = useApp();
  const text = useText();
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
  return (
    <details className="menu" ref={menu}>
      <summary className="navlink caret">
        <span className="who">{data.user}</span>
      </summary>
      <div>
        <a className="navlink" href={`${data.hub}account`}>
          {text.menu.account}
        </a>
        <a className="navlink" href={`${data.hub}token`}>
          {text.menu.tokens}
        </a>
        <a className="navlink" href={`${data.hub}logout`}>
          {text.menu.logOut}
        </a>
      </div>
    </details>
  );
}
