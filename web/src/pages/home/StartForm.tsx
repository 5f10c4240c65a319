import type { FormEvent, ReactNode } from "react";
import { serverPage } from "../../api/servers";
import { useApp } from "../../context";

interface StartFormProps {
  /** The server that is started. */
  name: string;
  children: ReactNode;
  className?: string | undefined;
  /** May keep it from being sent. */
  onSubmit?: (e: FormEvent) => void;
}

/**
 * Asks for a start, and leads to the page that shows the steps and opens the server. It is a form, so that the hub's own
 * page tells of a start that is refused, too. What it is sent with is good at that moment: the page may have been open when
 * its person logged in anew.
 */
export function StartForm({ name, children, className, onSubmit }: StartFormProps) {
  const { api, data } = useApp();
  const send = (e: FormEvent<HTMLFormElement>) => {
    onSubmit?.(e);
    const field = e.currentTarget.elements.namedItem("_xsrf");
    if (field instanceof HTMLInputElement) field.value = api.xsrf();
  };
  return (
    <form
      className={className}
      method="post"
      action={serverPage(data.hub, "spawn", data.user, name)}
      onSubmit={send}
      noValidate
    >
      <input type="hidden" name="_xsrf" defaultValue={data.xsrf} />
      {children}
    </form>
  );
}
