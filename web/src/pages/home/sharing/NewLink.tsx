import { Button } from "@mantine/core";
import { useId, useState } from "react";
import type { ShareLink } from "../../../api/shares";
import { copyText } from "../../../clipboard";
import { sharingText } from "../../../text/sharing";
import { useText } from "../../../text/text";
import classes from "./sharing.module.css";

/** A link that was just made, to copy: the hub keeps only what recognises it. */
export function NewLink({ link }: { link: ShareLink }) {
  const text = useText(sharingText);
  const [copied, setCopied] = useState<boolean | null>(null);
  const id = useId();
  const url = link.full_accept_url ?? new URL(link.accept_url ?? "", window.location.href).href;
  return (
    <div className="note good">
      <p>{text.made}</p>
      <label className="hidden" htmlFor={id}>
        {text.link}
      </label>
      <div className={classes.link}>
        <input id={id} className="input mono" readOnly value={url} onFocus={(e) => e.target.select()} />
        <Button variant="default" onClick={() => void copyText(url).then(setCopied)}>
          {copied ? text.copied : text.copy}
        </Button>
      </div>
      {copied === false && <p>{text.copyFailed}</p>}
    </div>
  );
}
