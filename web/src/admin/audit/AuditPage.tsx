import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useAddress } from "../../address";
import { auditFile, listAudit } from "../../api/audit";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { keepFile } from "../../download";
import { auditText } from "../../text/audit";
import { useText } from "../../text/text";
import panel from "../admin.module.css";
import { PanelKeys } from "../keys/PanelKeys";
import { rowActs, toSearch } from "../keys/useKeys";
import { OlderPages } from "../OlderPages";
import { AuditFilters } from "./AuditFilters";
import { AuditTable } from "./AuditTable";
import { type AuditView, everything, isFiltered, listQuery, readView, writeView } from "./query";

/** Who changed what, when and from where. */
export default function AuditPage() {
  const { api } = useApp();
  const text = useText(auditText);
  const [address, go] = useAddress();
  const view = readView(address);
  const query = listQuery(view).toString();
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: ["audit", query],
    queryFn: ({ signal }) => listAudit(api, query, signal),
    placeholderData: keepPreviousData,
    retry: false,
  });
  const saving = useMutation({
    mutationFn: () => auditFile(api, listQuery({ ...view, before: "" }).toString()),
    onSuccess: (file) => keepFile("audit.csv", file),
  });
  const show = (next: AuditView) => go(writeView(next), "push");
  return (
    <div className="wide">
      <div className={panel.title}>
        <h1>{text.title}</h1>
        <button type="button" className="btn" disabled={saving.isPending} onClick={() => saving.mutate()}>
          {text.csv}
        </button>
      </div>
      <p className="muted">{text.about}</p>
      <AuditFilters view={view} onShow={show} />
      {error && <Problem what={text.failed} error={error} onRetry={() => void refetch()} />}
      {saving.error && <Problem what={text.csvFailed} error={saving.error} />}
      {data?.items.length === 0 ? (
        <div className="card">
          <p>{isFiltered(view) || view.before ? text.noMatch : text.empty}</p>
          {(isFiltered(view) || view.before) && (
            <button
              type="button"
              className="btn"
              onClick={() => {
                show(everything);
                toSearch(); // this one goes
              }}
            >
              {text.reset}
            </button>
          )}
        </div>
      ) : (
        (data || !error) && (
          <AuditTable
            entries={data?.items}
            stale={isPlaceholderData}
            onShow={(part) => show({ ...everything, ...part })}
          />
        )
      )}
      <PanelKeys acts={{ ...rowActs, search: toSearch }} />
      <p role="status" className="hidden">
        {data && !isPlaceholderData ? text.shown(data.items.length) : ""}
      </p>
      <OlderPages
        words={text}
        before={view.before}
        older={data?.next?.before}
        onShow={(before) => show({ ...view, before })}
      />
    </div>
  );
}
