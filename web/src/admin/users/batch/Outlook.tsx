import { batchText } from "../../../text/batch";
import { useText } from "../../../text/text";
import { FailureList } from "../../FailureList";
import type { Foreseen } from "./useBatch";

/** What a dry run says. */
export function Outlook({ foreseen, loading }: { foreseen: Foreseen | undefined; loading: boolean }) {
  const text = useText(batchText).outlook;
  const failures = foreseen?.failures ?? [];
  const remarks = foreseen?.remarks ?? [];
  return (
    <div role="status">
      {!foreseen && loading && <p className="muted">{text.loading}</p>}
      {foreseen && <p>{text.will(foreseen.will, foreseen.rows - foreseen.will - failures.length)}</p>}
      {failures.length > 0 && (
        <>
          <p>{text.failures(failures.length)}</p>
          <FailureList failures={failures} most={20} unsaid={text.gone} />
        </>
      )}
      {remarks.length > 0 && (
        <>
          <p>{text.remarks(remarks.length)}</p>
          <FailureList
            failures={remarks.map(({ username, warnings }) => ({ username, message: warnings?.join("; ") ?? "" }))}
            most={20}
          />
        </>
      )}
    </div>
  );
}
