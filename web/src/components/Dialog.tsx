import { Drawer, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./dialog.module.css";
import { useDialog, useStepFocus } from "./useDialog";

interface DialogProps {
  title: ReactNode;
  children: ReactNode;
  onClose: () => void;
  /** Something is typed or on its way: neither Escape nor a click beside it closes it, only its own buttons. */
  held?: boolean | undefined;
  size?: "md" | "lg";
}

/** A dialog in the page's middle, open while it is there. */
export function Dialog({ title, children, onClose, held, size = "md" }: DialogProps) {
  const { content, close } = useDialog(onClose, held);
  return (
    <Modal.Root opened onClose={close} closeOnEscape={false} size={size} centered transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content ref={content}>
        <Modal.Body>
          <Modal.Title>{title}</Modal.Title>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

type SideProps = Omit<DialogProps, "title">;

/** A dialog beside the page's list, open while it is there; it brings a Drawer.Title of its own. */
export function SideDialog({ children, onClose, held, size = "md" }: SideProps) {
  const { content, close } = useDialog(onClose, held);
  return (
    <Drawer.Root
      opened
      onClose={close}
      closeOnEscape={false}
      position="right"
      size={size}
      transitionProps={{ duration: 0 }}
    >
      <Drawer.Overlay backgroundOpacity={0.2} />
      <Drawer.Content ref={content}>
        <Drawer.Body>{children}</Drawer.Body>
      </Drawer.Content>
    </Drawer.Root>
  );
}

/** What a dialog shows at one step; when another takes its place, that one gets the focus. */
export function Step({ of, children }: { of: unknown; children: ReactNode }) {
  return (
    <div ref={useStepFocus(of)} tabIndex={-1} className={classes.step}>
      {children}
    </div>
  );
}
