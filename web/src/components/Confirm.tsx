import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Dialog } from "./Dialog";

export interface ConfirmProps {
  /** Names the object: "Stop the default server?" */
  title: string;
  /** What goes with it, and what stays. */
  children: ReactNode;
  /** What the safe button says. */
  keep: string;
  /** What the other one says. */
  act: string;
  onKeep: () => void;
  onAct: () => void;
}

/** Asks before something is lost; the safe button comes first and has the focus. */
export function Confirm({ title, children, keep, act, onKeep, onAct }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onKeep}>
      <p>{children}</p>
      <div className="actions">
        <Button variant="default" onClick={onKeep} data-autofocus>
          {keep}
        </Button>
        <Button color="red" onClick={onAct}>
          {act}
        </Button>
      </div>
    </Dialog>
  );
}
