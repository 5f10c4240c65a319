import { useId } from "react";
import type { Told } from "../data";
import { useText } from "../text/text";
import { paragraphs } from "./paragraphs";

const looks = { info: "note", warning: "note wait", urgent: "note bad" };

/** What people are told for some time, as on the pages that the hub renders; nothing where there is nothing. */
export function Announcements({ told }: { told: Told[] }) {
  const { announced } = useText();
  if (told.length === 0) return null;
  return (
    <section className="announcements" aria-label={announced.label}>
      {told.map((one) => (
        <Announcement key={one.level + one.text} told={one} />
      ))}
    </section>
  );
}

/** One of them. */
export function Announcement({ told }: { told: Told }) {
  const { announced } = useText();
  const id = useId();
  return (
    <div className={looks[told.level]}>
      {told.level !== "info" && <strong>{announced[told.level]}</strong>}
      {paragraphs(told.text).map((pieces, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the paragraphs of a text have no other name
        <p key={`${id}${at}`}>
          {pieces.map((piece, n) =>
            piece.url ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: nor have their pieces
              <a key={n} href={piece.url}>
                {piece.text}
              </a>
            ) : (
              piece.text
            ),
          )}
        </p>
      ))}
    </div>
  );
}
