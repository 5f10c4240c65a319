import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { type Gift, giveRole, listRoles, takeRole } from "../../api/roles";
import { Confirm } from "../../components/Confirm";
import { Loading } from "../../components/Loading";
import { Problem } from "../../components/Problem";
import { useApp } from "../../context";
import { rolesText } from "../../text/roles";
import { useText } from "../../text/text";
import { PanelKeys } from "../keys/PanelKeys";
import { rowActs, toSearch } from "../keys/useKeys";
import { Gifts, giftsOf, useSaid } from "./GiftList";
import { GiveForm } from "./GiveForm";
import classes from "./roles.module.css";

const key = ["roles"];

const toForm = () => document.querySelector<HTMLElement>("main form input")?.focus();

/** Who teaches which group, and has other roles that were given while the hub ran. */
export default function RolesPage() {
  const { api } = useApp();
  const text = useText(rolesText);
  const said = useSaid();
  const client = useQueryClient();
  const [doomed, setDoomed] = useState<Gift | null>(null);
  const [done, setDone] = useState("");
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => listRoles(api, signal),
    retry: false,
  });
  const reload = (what: string) => {
    setDone(what);
    return client.invalidateQueries({ queryKey: key });
  };
  const giving = useMutation({
    mutationFn: (gift: Gift) => giveRole(api, gift),
    onSettled: (_, failed, gift) => reload(failed ? "" : text.given(gift.user, gift.role)),
  });
  const taking = useMutation({
    mutationFn: (gift: Gift) => takeRole(api, gift),
    onSettled: (_, failed) => reload(failed ? "" : text.taken),
  });
  const gifts = useMemo(() => giftsOf(data ?? []), [data]);
  return (
    <div className="wide">
      <h1>{text.title}</h1>
      <p className="muted">{text.about}</p>
      {error && <Problem what={text.failed} error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && (
        <>
          <GiveForm roles={data} pending={giving.isPending} error={giving.error} onGive={giving.mutateAsync} />
          <p role="status">{done}</p>
          <h2 className={classes.heading}>{text.listTitle}</h2>
          {taking.error && <Problem what={text.takeFailed} error={taking.error} />}
          <Gifts gifts={gifts} onTake={setDoomed} />
          <PanelKeys acts={{ ...rowActs, search: toSearch, create: toForm }} />
        </>
      )}
      {doomed && (
        <Confirm
          title={text.ask}
          keep={text.keep}
          act={text.take}
          onKeep={() => setDoomed(null)}
          onAct={() => {
            taking.mutate(doomed);
            setDoomed(null);
          }}
        >
          {text.warning(said(doomed))}
        </Confirm>
      )}
    </div>
  );
}
