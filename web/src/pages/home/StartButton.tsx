import { Button } from "@mantine/core";
import { labelOf, type Server, serverPage } from "../../api/servers";
import { useApp } from "../../context";

/**
 * Starts a server and leads to the page that shows the steps and opens it. It is a form, so that the hub's own page tells
 * of a start that is refused, too.
 */
export function StartButton({ server, children }: { server: Server; children: string }) {
  const { data } = useApp();
  return (
    <form method="post" action={serverPage(data.hub, "spawn", data.user, server.name)}>
      <input type="hidden" name="_xsrf" value={data.xsrf} />
      <Button type="submit" size="xs" aria-label={`${children} ${labelOf(server)}`}>
        {children}
      </Button>
    </form>
  );
}
