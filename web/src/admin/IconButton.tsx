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

/** A way to another page, opened beside this one. */
export function IconLink({ icon, label, href }: { icon: IconName; label: string; href: string }) {
  return (
    <a className={classes.icon} href={href} target="_blank" rel="noopener noreferrer" aria-label={label} title={label}>
      <Icon name={icon} />
    </a>
  );
}
