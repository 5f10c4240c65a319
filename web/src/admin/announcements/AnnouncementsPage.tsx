import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Announcement, deleteAnnouncement, listAnnouncements } from "../../api/announcements";
import { Confirm } from "../../components/Confirm";
import { Loading } from "../../components/Loading";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { announcementsText } from "../../text/announcements";
import { useText } from "../../text/text";
import panel from "../admin.module.css";
import { PanelKeys } from "../keys/PanelKeys";
import { editRow, rowActs } from "../keys/useKeys";
import { AnnouncementDialog } from "./AnnouncementDialog";
import { AnnouncementList } from "./AnnouncementList";

const key = ["announcements"];

/** What people are told, for those who tell it. */
export default function AnnouncementsPage() {
  const { api } = useApp();
  const text = useText(announcementsText);
  const client = useQueryClient();
  const [edited, setEdited] = useState<Announcement | "new" | null>(null);
  const [doomed, setDoomed] = useState<Announcement | null>(null);
  const [done, setDone] = useState("");
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => listAnnouncements(api, signal),
    retry: false,
  });
  const reload = (said: string) => {
    setDone(said);
    return client.invalidateQueries({ queryKey: key });
  };
  const removing = useMutation({
    mutationFn: (one: Announcement) => deleteAnnouncement(api, one.id),
    onSettled: (_, failed) => reload(failed ? "" : text.removed),
  });
  return (
    <div className="wide">
      <div className={panel.title}>
        <h1>{text.title}</h1>
        <Button onClick={() => setEdited("new")}>{text.create}</Button>
      </div>
      <p className="muted">{text.about}</p>
      {error && <Problem what={text.failed} error={error} onRetry={() => void refetch()} />}
      {removing.error && <Problem what={text.removeFailed} error={removing.error} />}
      {!data && !error && <Loading height={96} rows={3} />}
      {data && <AnnouncementList list={data} onEdit={setEdited} onRemove={setDoomed} />}
      <PanelKeys acts={{ ...rowActs, edit: editRow, create: () => setEdited("new") }} />
      <p role="status" className="hidden">
        {done}
      </p>
      {edited && (
        <AnnouncementDialog
          announcement={edited === "new" ? undefined : edited}
          onClose={() => setEdited(null)}
          onSaved={() => {
            setEdited(null);
            return reload(text.saved);
          }}
        />
      )}
      {doomed && (
        <Confirm
          title={text.ask}
          keep={text.keep}
          act={text.remove}
          onKeep={() => setDoomed(null)}
          onAct={() => {
            removing.mutate(doomed);
            setDoomed(null);
          }}
        >
          {doomed.text}
        </Confirm>
      )}
    </div>
  );
}
