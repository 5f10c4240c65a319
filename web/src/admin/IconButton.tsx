import type { ButtonHTMLAttributes } from "react";
import classes from "./admin.module.css";
import { Icon, type IconName } from "./icons";

interface IconButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "children" | "aria-label" | "title"> {
  icon: IconName;
  /** What it does, to whom: for whoever hears it, and shown on hover. */
  label: string;
  tone?: "good" | "bad";
}

export function IconButton({ icon, label, tone, ...rest }: IconButtonProps) {
  return (
    <button type="button" className={classes.icon} data-tone={tone} aria-label={label} title={label} {...rest}>
      <Icon name={icon} />
    </button>
  );
}
