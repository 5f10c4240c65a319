import { useEffect, useState } from "react";
import { createPortal, flushSync } from "react-dom";
import type { NewPerson } from "../../../api/users";
import { useApp } from "../../../context";
import { createText } from "../../../text/create";
import { useText } from "../../../text/text";
import classes from "./create.module.css";

/** A slip of paper for each person. They are there while the page is printed, and are then all that is printed of it. */
export function Slips({ made, onPrinted }: { made: NewPerson[]; onPrinted: () => void }) {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const before = () => flushSync(() => setPrinting(true));
    const after = () => {
      setPrinting(false);
      onPrinted();
    };
    window.addEventListener("beforeprint", before);
    window.addEventListener("afterprint", after);
    return () => {
      window.removeEventListener("beforeprint", before);
      window.removeEventListener("afterprint", after);
    };
  }, [onPrinted]);
  if (!printing) return null;
  return createPortal(
    <div className={classes.slips}>
      {made.map((person) => (
        <Slip key={person.username} person={person} />
      ))}
    </div>,
    document.body,
  );
}

function Slip({ person }: { person: NewPerson }) {
  const { data } = useApp();
  const text = useText(createText);
  return (
    <section className={classes.slip}>
      <h2>{data.hubName || "Atrium"}</h2>
      <dl>
        <dt>{text.slip.address}</dt>
        <dd>{new URL(data.base, window.location.href).href}</dd>
        <dt>{text.result.username}</dt>
        <dd className="mono">{person.username}</dd>
        <dt>{text.result.password}</dt>
        <dd className="mono">{person.password}</dd>
      </dl>
      {person.must_change_password && <p>{text.slip.change}</p>}
    </section>
  );
}
