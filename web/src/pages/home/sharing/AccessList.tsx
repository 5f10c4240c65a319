import { Button, Skeleton } from "@mantine/core";
import type { ReactNode } from "react";
import { mostShown, type Recipient, type Share, type ShareLink } from "../../../api/shares";
import { Problem } from "../../../components/Problem";
import { Time } from "../../../components/Time";
import { sharingText } from "../../../text/sharing";
import { useText } from "../../../text/text";
import classes from "./sharing.module.css";
import { useAccess, useTake } from "./useAccess";

/** Who has access to a server of the person, and the way to take it back. */
export function AccessList({ server }: { server: string }) {
  const text = useText(sharingText);
  const { data, error, refetch } = useAccess(server);
  const take = useTake(server);
  if (error && !data) return <Problem what={text.unknown} error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={48} aria-busy="true" />;
  const { shares, links } = data;
  const total = shares._pagination.total + links._pagination.total;
  if (total === 0) return <p className="muted">{text.nobody}</p>;
  const shown = shares.items.length + links.items.length;
  return (
    <>
      {take.error && <Problem what={text.notTaken} error={take.error} />}
      <ul className={classes.list}>
        {shares.items.map((s) => (
          <ShareItem key={`${s.kind} ${nameOf(s)}`} share={s} onTake={take.mutate} />
        ))}
        {links.items.map((l) => (
          <LinkItem key={l.id} link={l} onTake={() => take.mutate({ id: l.id })} />
        ))}
      </ul>
      {shown < total && shown >= mostShown && <p className="muted">{text.more(shown, total)}</p>}
    </>
  );
}

function nameOf(share: Share): string {
  return (share.kind === "group" ? share.group?.name : share.user?.name) ?? "";
}

function ShareItem({ share, onTake }: { share: Share; onTake: (from: Recipient) => void }) {
  const text = useText(sharingText);
  const name = nameOf(share);
  const group = share.kind === "group";
  return (
    <Item what={group ? text.aGroup(name) : name} onTake={() => onTake(group ? { group: name } : { user: name })}>
      {text.since} <Time at={share.created_at} none="" />
    </Item>
  );
}

function LinkItem({ link, onTake }: { link: ShareLink; onTake: () => void }) {
  const text = useText(sharingText);
  return (
    <Item what={text.aLink} onTake={onTake}>
      {text.until} <Time at={link.expires_at} none="" ahead />, {text.used(link.exchange_count)}
    </Item>
  );
}

function Item({ what, children, onTake }: { what: string; children: ReactNode; onTake: () => void }) {
  const text = useText(sharingText);
  return (
    <li>
      <span className={classes.what}>{what}</span>
      <span className="muted small">{children}</span>
      <Button size="xs" variant="default" onClick={onTake} aria-label={text.takeFrom(what)}>
        {text.take}
      </Button>
    </li>
  );
}
