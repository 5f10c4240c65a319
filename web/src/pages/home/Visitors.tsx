import { type Server, shownName } from "../../api/servers";
import { Time } from "../../components/Time";
import { useText } from "../../text/text";
import { visitsText } from "../../text/visits";

/** Says who else is in the person's servers, whom they have not invited, and since when. */
export function Visitors({ servers }: { servers: Server[] }) {
  const text = useText(visitsText).visits;
  const all = servers.flatMap((server) => (server.visitors ?? []).map((visitor) => ({ server, visitor })));
  return (
    <div role="status">
      {all.map(({ server, visitor }) => (
        <p className="note" key={`${server.name}/${visitor.name}`}>
          {text.here(visitor.name, shownName(server))} <Time at={visitor.since} none="" />.
        </p>
      ))}
    </div>
  );
}
