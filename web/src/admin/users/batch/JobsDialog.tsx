import { useQuery } from "@tanstack/react-query";
import { type Job, listJobs } from "../../../api/users";
import { Dialog } from "../../../components/Dialog";
import { Loading } from "../../../components/Loading";
import { Problem } from "../../../components/Problem";
import { Time } from "../../../components/Time";
import { useApp } from "../../../context";
import { batchText } from "../../../text/batch";
import { useText } from "../../../text/text";
import panel from "../../admin.module.css";
import classes from "./batch.module.css";
import { type Batch, doingOf } from "./useBatch";

interface JobsDialogProps {
  /** Those that were begun in this tab, of which more is known. */
  batches: Batch[];
  onOpen: (job: Job) => void;
  onClose: () => void;
}

/** The batches that the viewer has asked for within the last day, from wherever, to look how far they are. */
export function JobsDialog({ batches, onOpen, onClose }: JobsDialogProps) {
  const { api } = useApp();
  const text = useText(batchText);
  const { data, error } = useQuery({
    queryKey: ["jobs"],
    queryFn: ({ signal }) => listJobs(api, signal),
    refetchInterval: 2_000,
    retry: false,
  });
  return (
    <Dialog title={text.jobs.title} onClose={onClose}>
      {error && <Problem what={text.jobs.failed} error={error} />}
      {!data && !error && <Loading rows={3} height={24} />}
      {data?.length === 0 && <p>{text.jobs.none}</p>}
      <ul className={classes.jobs}>
        {data?.map((job) => (
          <li key={job.id}>
            <button type="button" className={panel.link} onClick={() => onOpen(job)}>
              {doingOf(text, job.kind, batches.find((b) => b.id === job.id)?.work)}
            </button>{" "}
            <span className="muted">
              {text.progress(job.done, job.total)} · {text.jobs[job.state]} · <Time at={job.created} none="" />
            </span>
          </li>
        ))}
      </ul>
      <div className="actions">
        <button type="button" className="btn" onClick={onClose}>
          {text.close}
        </button>
      </div>
    </Dialog>
  );
}
