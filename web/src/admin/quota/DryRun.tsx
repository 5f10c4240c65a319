import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { doRule, foreseeRule, type Refreshed } from "../../api/quota";
import { requestKey } from "../../api/requestKey";
import { Dialog } from "../../components/Dialog";
import { Problem } from "../../components/Problem";
import table from "../../components/table.module.css";
import { useApp } from "../../context";
import { rulesText } from "../../text/quotarules";
import { useText } from "../../text/text";
import classes from "./quota.module.css";

/** What a rule would do just now, and the way to have it done. */
export function DryRun({ name, onClose }: { name: string; onClose: () => void }) {
  const { api } = useApp();
  const text = useText(rulesText);
  const client = useQueryClient();
  const key = useRef(requestKey());
  const { data, error, refetch } = useQuery({
    queryKey: ["quota rule", name],
    queryFn: ({ signal }) => foreseeRule(api, name, signal),
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const act = useMutation({
    mutationFn: () => doRule(api, name, key.current),
    onSuccess: () => client.invalidateQueries({ queryKey: ["quota rules"] }),
  });
  return (
    <Dialog title={text.lookAt(name)} onClose={onClose} held={act.isPending} size="lg">
      <div role="status">
        {!data && !error && <p className="muted">{text.loading}</p>}
        {act.data ? (
          <p>{text.done(act.data.users_updated, act.data.exact_change)}</p>
        ) : (
          data && (
            <p>
              {data.users_updated === 0 ? text.nobody : text.would(data.users_updated, data.exact_change, data.skipped)}
            </p>
          )
        )}
      </div>
      {error && <Problem what={text.notForeseen} error={error} onRetry={() => void refetch()} />}
      {!act.data && data && <Changes foreseen={data} />}
      {!act.data && data && data.users_updated > 0 && <p className="muted small">{text.stays}</p>}
      {act.error && <Problem what={text.notDone} error={act.error} />}
      <div className="actions">
        {!act.data && data && data.users_updated > 0 && (
          <Button variant="default" onClick={() => act.mutate()} loading={act.isPending}>
            {text.doNow}
          </Button>
        )}
        <Button variant="default" onClick={onClose} data-autofocus>
          {text.close}
        </Button>
      </div>
    </Dialog>
  );
}

/** The first of those whom it would change, and what they would have. */
function Changes({ foreseen }: { foreseen: Refreshed }) {
  const text = useText(rulesText);
  const changes = foreseen.changes ?? [];
  if (changes.length === 0) return null;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and keys reach it only so */}
      <div className={`scroll ${classes.changes}`} tabIndex={0}>
        <table className={table.table} aria-label={text.changes}>
          <thead>
            <tr>
              <th scope="col">{text.changeColumn.name}</th>
              <th scope="col">{text.changeColumn.before}</th>
              <th scope="col">{text.changeColumn.after}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ username, exact_before, exact_after }) => (
              <tr key={username}>
                <th scope="row">{username}</th>
                <td>{text.exactly(exact_before)}</td>
                <td>{text.exactly(exact_after)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {foreseen.users_updated > changes.length && (
        <p className="muted small">{text.first(changes.length, foreseen.users_updated)}</p>
      )}
    </>
  );
}
