import { Skeleton } from "@mantine/core";
import { shownName } from "../../api/servers";
import { useProgress } from "../../api/useProgress";
import { EndsAt } from "../../components/EndsAt";
import { StopsAt } from "../../components/StopsAt";
import { Time } from "../../components/Time";
import { useApp } from "../../context";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import classes from "./home.module.css";
import { ServerActions } from "./ServerActions";
import type { ServerProps } from "./ServerRow";
import { StateCell } from "./StateCell";
import { loud } from "./weight";

/** The server that most people come for, with the page's one obvious button. */
export function DefaultServer({
  server,
  hiddenBy,
  followed,
  onTrouble,
  onEnd,
}: ServerProps & { hiddenBy: string[] /** The named ones that have the addresses of its own pages. */ }) {
  const { data } = useApp();
  const text = useText(homeText);
  const step = useProgress(server.name, followed, onEnd);
  return (
    <section className={classes.main} aria-label={text.called(shownName(server))}>
      <div className={classes.mainState}>
        <h2>{text.called(shownName(server))}</h2>
        <StateCell server={server} step={step} />
        <p className="muted small">
          {server.last_activity ? text.column.active : ""} <Time at={server.last_activity} none={text.unused} />
        </p>
        <EndsAt server={server} user={data.user} extend />
        <StopsAt server={server} />
      </div>
      <ServerActions server={server} weight={loud} onTrouble={onTrouble} />
      {hiddenBy.map((name) => (
        <p key={name} className={`${classes.below} muted small`}>
          {text.hidden(name)}
        </p>
      ))}
    </section>
  );
}

/** Its place while it is being looked up. */
export function DefaultServerToCome() {
  const text = useText(homeText);
  return (
    <section className={classes.main} aria-label={text.called("")} aria-busy="true">
      <div className={classes.mainState}>
        <Skeleton height={18} width="9rem" my={4} />
        <Skeleton height={16} width="6rem" my={6} />
        <Skeleton height={14} width="11rem" my={4} />
      </div>
      <Skeleton height={42} width="10rem" />
    </section>
  );
}
