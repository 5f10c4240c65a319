import { Button, Progress } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { callOffJob } from "../../../api/users";
import { Dialog } from "../../../components/Dialog";
import { Problem } from "../../../components/Problem";
import { useApp } from "../../../context";
import { batchText } from "../../../text/batch";
import { useText } from "../../../text/text";
import { FailureList } from "../../FailureList";
import { Handout } from "../create/Created";
import { type Batch, type Progress as Done, doingOf, useProgressOf } from "./useBatch";
import { type Work, workOf } from "./work";

interface BatchDialogProps {
  batch: Batch;
  onClose: () => void;
  /** The passwords of a batch were copied, printed or kept. */
  onTaken: () => void;
  /** Does the same for those alone who failed. */
  onRetry: (work: Work, names: string[]) => void;
}

const shownFailures = 200;

/** How far a batch is. It can be closed while the batch goes on. */
export function BatchDialog({ batch, onClose, onTaken, onRetry }: BatchDialogProps) {
  const text = useText(batchText);
  const { data, error } = useProgressOf(batch);
  const over = data !== undefined && data.state !== "running";
  const failures = data?.failures ?? [];
  const title = doingOf(text, batch.kind ?? "", batch.work);
  const again = workAgain(batch, data);
  return (
    <Dialog title={title} onClose={onClose}>
      <Progress value={data ? (100 * data.done) / Math.max(1, data.total) : 0} aria-label={title} my="sm" />
      <p role="status">
        {data && text.progress(data.done, data.total)} {over ? text.finished : text.closed}
      </p>
      {error && <p role="alert">{text.lost}</p>}
      {over && <Given batch={batch} done={data} onTaken={onTaken} />}
      {over && failures.length > 0 && <Failures failures={failures} />}
      <div className="actions">
        {data && !over && <CallOff id={batch.id} />}
        {over && again && failures.length > 0 && (
          <Button
            onClick={() =>
              onRetry(
                again,
                failures.map((f) => f.username),
              )
            }
          >
            {text.retry}
          </Button>
        )}
        <Button variant="default" onClick={onClose} data-autofocus>
          {text.close}
        </Button>
      </div>
    </Dialog>
  );
}

/** What can be done again with those who failed: as this page began it, or as the hub says that it was begun elsewhere. */
function workAgain({ work }: Batch, done: Done | undefined): Work | undefined {
  if (work) return work.act !== "passwords" || work.passwords ? work : undefined;
  if (!done || done.failures.some((f) => f.server_name)) return undefined; // of a server that is not the default one
  return workOf(done);
}

/** Ends a batch that goes on. */
function CallOff({ id }: { id: number }) {
  const { api } = useApp();
  const text = useText(batchText);
  const client = useQueryClient();
  const ending = useMutation({
    mutationFn: () => callOffJob(api, id),
    onSettled: () => client.invalidateQueries({ queryKey: ["job", id] }),
  });
  return (
    <>
      <Button variant="default" onClick={() => ending.mutate()} disabled={ending.isSuccess} loading={ending.isPending}>
        {ending.isSuccess ? text.callingOff : text.callOff}
      </Button>
      {ending.error && <Problem what={text.notCalledOff} error={ending.error} />}
    </>
  );
}

function Failures({ failures }: { failures: Done["failures"] }) {
  const text = useText(batchText);
  return (
    <>
      <p>{text.failures(failures.length)}</p>
      <FailureList failures={failures} most={shownFailures} unsaid={text.outlook.gone} />
    </>
  );
}

/** The passwords of those who got one, for as long as this page is open. */
function Given({ batch, done, onTaken }: { batch: Batch; done: Done; onTaken: () => void }) {
  const { passwords, mustChange } = batch.work ?? {};
  if (!passwords) return null;
  const failed = new Set(done.failures.map((f) => f.username));
  const made = [...passwords]
    .filter(([username]) => !failed.has(username))
    .map(([username, password]) => ({
      username,
      password,
      must_change_password: mustChange ?? true,
      admin: false,
      groups: [],
    }));
  return made.length > 0 ? <Handout made={made} onTaken={onTaken} /> : null;
}
