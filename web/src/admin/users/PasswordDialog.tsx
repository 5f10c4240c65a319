import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useId, useState } from "react";
import { setPasswordOf } from "../../api/users";
import { copyText } from "../../clipboard";
import { Dialog, Step } from "../../components/Dialog";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import form from "../form.module.css";
import { randomPassword } from "./password";
import { useLookAgain } from "./usePeople";

/** Sets somebody's password, typed or generated; afterwards it can be copied, once. */
export function PasswordDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const { api } = useApp();
  const { setPassword: text, ...common } = useText(usersText);
  const look = useLookAgain();
  const id = useId();
  const [password, setPassword] = useState("");
  const [mustChange, setMustChange] = useState(false);
  const [copied, setCopied] = useState(false);
  const set = useMutation({
    mutationFn: () => setPasswordOf(api, name, password, mustChange),
    onSettled: look,
  });
  return (
    <Dialog title={text.title(name)} onClose={onClose} held={set.isPending || password !== ""}>
      <Step of={set.isSuccess}>
        {set.isSuccess ? (
          <>
            <p role="status">{text.done}</p>
            <p className="mono">{password}</p>
            <div className="actions">
              <Button data-autofocus onClick={() => void copyText(password).then(setCopied)}>
                {copied ? common.copied : common.copy}
              </Button>
              <Button variant="default" onClick={onClose}>
                {common.close}
              </Button>
            </div>
          </>
        ) : (
          <form
            onSubmit={(e) => {
              e.preventDefault();
              set.mutate();
            }}
          >
            <label className={form.label} htmlFor={id}>
              {text.password}
            </label>
            <div className={form.fill}>
              <input
                id={id}
                className={form.small}
                value={password}
                onChange={(e) => setPassword(e.target.value)}
                autoComplete="off"
                spellCheck={false}
                data-autofocus
              />
              <Button variant="default" size="xs" onClick={() => setPassword(randomPassword())}>
                {text.generate}
              </Button>
            </div>
            <label className={form.choice}>
              <input type="checkbox" checked={mustChange} onChange={(e) => setMustChange(e.target.checked)} />{" "}
              {text.mustChange}
            </label>
            <p className="muted small">{text.ends}</p>
            {set.error && <Problem what={text.failed} error={set.error} />}
            <div className="actions">
              <Button type="submit" disabled={password === ""} loading={set.isPending}>
                {text.act}
              </Button>
              <Button variant="default" onClick={onClose}>
                {common.cancel}
              </Button>
            </div>
          </form>
        )}
      </Step>
    </Dialog>
  );
}
