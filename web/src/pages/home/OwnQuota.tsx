import { Left } from "../../components/quota/Left";
import { useStatement } from "../../components/quota/useStatement";
import { useApp } from "../../context";
import { quotaText } from "../../text/quota";
import { useText } from "../../text/text";
import classes from "./usage.module.css";

/** How much is left to the person, where there are quotas. It is quiet: where that can't be told, there is nothing. */
export function OwnQuota() {
  const { data } = useApp();
  return data.quota && <Told hub={data.hub} user={data.user} />;
}

function Told({ hub, user }: { hub: string; user: string }) {
  const text = useText(quotaText);
  const { data: statement } = useStatement(user);
  if (!statement) return null;
  return (
    <section className={classes.usage} aria-labelledby="quota">
      <h2 id="quota">{text.title}</h2>
      <Left statement={statement} />
      <p>
        <a className="target" href={`${hub}quota`}>
          {text.left.statement}
        </a>
      </p>
    </section>
  );
}
