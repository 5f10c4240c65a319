import { Button, Modal } from "@mantine/core";
import type { ReactNode } from "react";

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
    <Modal.Root opened onClose={onKeep} centered transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          <Modal.Title>{title}</Modal.Title>
          <p>{children}</p>
          <div className="actions">
            <Button variant="default" onClick={onKeep} data-autofocus>
              {keep}
            </Button>
            <Button color="red" onClick={onAct}>
              {act}
            </Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
