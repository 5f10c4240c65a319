import { Button, Modal, Progress } from "@mantine/core";
import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import { type Batch, useProgressOf } from "./useBatch";
import classes from "./users.module.css";

interface BatchDialogProps {
  batch: Batch;
  onClose: () => void;
  /** Does the same for those alone who failed. */
  onRetry: (names: string[]) => void;
}

const shownFailures = 200;

/** How far a batch is. It can be closed while the batch goes on. */
export function BatchDialog({ batch, onClose, onRetry }: BatchDialogProps) {
  const text = useText(usersText);
  const { data, error } = useProgressOf(batch);
  const over = data !== undefined && data.state !== "running";
  const failures = data?.failures ?? [];
  return (
    <Modal.Root opened onClose={onClose} centered transitionProps={{ duration: 0 }}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          <Modal.Title>{text.job[batch.action]}</Modal.Title>
          <Progress
            value={data ? (100 * data.done) / Math.max(1, data.total) : 0}
            aria-label={text.job[batch.action]}
            my="sm"
          />
          <p role="status">
            {data && text.job.progress(data.done, data.total)} {over ? text.job.finished : text.job.closed}
          </p>
          {error && <p role="alert">{text.job.lost}</p>}
          {over && failures.length > 0 && (
            <>
              <p>{text.job.failures(failures.length)}</p>
              <ul className={classes.failures}>
                {failures.slice(0, shownFailures).map((f) => (
                  <li key={f.row}>
                    <strong>{f.username}</strong> {f.message}
                  </li>
                ))}
              </ul>
            </>
          )}
          <div className="actions">
            {over && failures.length > 0 && (
              <Button onClick={() => onRetry(failures.map((f) => f.username))}>{text.job.retry}</Button>
            )}
            <Button variant="default" onClick={onClose} data-autofocus>
              {text.close}
            </Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
