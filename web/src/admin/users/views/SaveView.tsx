import { Button } from "@mantine/core";
import { useState } from "react";
import type { SavedView } from "../../../api/views";
import { useText } from "../../../text/text";
import { viewsText } from "../../../text/views";
import { mayBeName } from "./saved";
import classes from "./views.module.css";

interface SaveViewProps {
  known: SavedView[];
  pending: boolean;
  onSave: (name: string, done: () => void) => void;
}

/** Asks under which name the view is saved, and says where it takes the place of another one. */
export function SaveView({ known, pending, onSave }: SaveViewProps) {
  const text = useText(viewsText);
  const [typed, setTyped] = useState("");
  const name = typed.trim();
  const replaces = known.some((v) => v.name === name);
  return (
    <form
      className={classes.save}
      onSubmit={(e) => {
        e.preventDefault();
        if (mayBeName(name)) onSave(name, () => setTyped(""));
      }}
    >
      <input
        value={typed}
        onChange={(e) => setTyped(e.target.value)}
        maxLength={64}
        aria-label={text.name}
        placeholder={text.name}
        autoComplete="off"
      />
      <Button type="submit" disabled={!mayBeName(name)} loading={pending}>
        {replaces ? text.replace : text.save}
      </Button>
    </form>
  );
}
