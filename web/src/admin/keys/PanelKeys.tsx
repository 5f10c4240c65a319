import { useState } from "react";
import { Dialog } from "../../components/Dialog";
import { keysText } from "../../text/keys";
import { useText } from "../../text/text";
import classes from "./keys.module.css";
import { type KeyActs, keyOf, useKeys } from "./useKeys";

/** The keys of a page, and what they do: said on '?', and by a button for who doesn't know that. */
export function PanelKeys({ acts }: { acts: KeyActs }) {
  const text = useText(keysText).keys;
  const [shown, setShown] = useState(false);
  const help = () => setShown(true);
  useKeys({ ...acts, help });
  return (
    <>
      <button type="button" className={classes.keys} onClick={help} aria-keyshortcuts="?">
        {text.title}
      </button>
      {shown && <KeyList acts={{ ...acts, help }} onClose={() => setShown(false)} />}
    </>
  );
}

function KeyList({ acts, onClose }: { acts: KeyActs; onClose: () => void }) {
  const { keys: text, close } = useText(keysText);
  const known = (Object.keys(keyOf) as (keyof typeof keyOf)[]).filter((act) => acts[act]);
  return (
    <Dialog title={text.title} onClose={onClose}>
      <dl className={classes.keyList}>
        {known.map((act) => (
          <div key={act}>
            <dt>
              <kbd>{keyOf[act]}</kbd>
            </dt>
            <dd>{text[act]}</dd>
          </div>
        ))}
      </dl>
      <p className="muted small">{text.tab}</p>
      <div className="actions">
        <button type="button" className="btn" onClick={onClose} data-autofocus>
          {close}
        </button>
      </div>
    </Dialog>
  );
}
