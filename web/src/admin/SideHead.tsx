import { Drawer } from "@mantine/core";
import classes from "./admin.module.css";
import { IconButton } from "./IconButton";

interface SideHeadProps {
  title: string;
  /** What the way out is called. */
  close: string;
  /** None where something is typed: its own buttons end that. */
  onClose?: (() => void) | undefined;
}

/** What is shown beside a list, and the way out, at the same place in each. */
export function SideHead({ title, close, onClose }: SideHeadProps) {
  return (
    <div className={classes.head}>
      <Drawer.Title>{title}</Drawer.Title>
      {onClose && <IconButton icon="close" label={close} onClick={onClose} />}
    </div>
  );
}
