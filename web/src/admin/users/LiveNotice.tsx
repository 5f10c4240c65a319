import { useText } from "../../text/text";
import { usersText } from "../../text/users";
import type { Live } from "./usePeople";

/** Says quietly that the list would look otherwise by now, or that nobody knows. */
export function LiveNotice({ live }: { live: Live }) {
  const text = useText(usersText).live;
  return (
    <div role="status">
      {live.lost && <p className="muted">{text.lost}</p>}
      {live.changed && !live.lost && (
        <p>
          {text.changed}{" "}
          <button type="button" className="btn" onClick={live.onShow}>
            {text.show}
          </button>
        </p>
      )}
    </div>
  );
}
