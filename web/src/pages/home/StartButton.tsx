import { Button } from "@mantine/core";
import { type Server, serverPage, shownName } from "../../api/servers";
import { useApp } from "../../context";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import type { Weight } from "./weight";

/**
 * Starts a server and leads to the page that shows the steps and opens it. It is a form, so that the hub's own page tells
 * of a start that is refused, too.
 */
export function StartButton({ server, weight, children }: { server: Server; weight: Weight; children: string }) {
  const { data } = useApp();
  const text = useText(homeText);
  return (
    <form method="post" action={serverPage(data.hub, "spawn", data.user, server.name)}>
      <input type="hidden" name="_xsrf" value={data.xsrf} />
      <Button type="submit" {...weight.main} aria-label={text.act(children, shownName(server))}>
        {children}
      </Button>
    </form>
  );
}
