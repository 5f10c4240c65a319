import { Button } from "@mantine/core";
import { type Server, shownName } from "../../api/servers";
import { homeText } from "../../text/home";
import { useText } from "../../text/text";
import { StartForm } from "./StartForm";
import type { Weight } from "./weight";

/** Starts a server. */
export function StartButton({ server, weight, children }: { server: Server; weight: Weight; children: string }) {
  const text = useText(homeText);
  return (
    <StartForm name={server.name}>
      <Button type="submit" {...weight.main} aria-label={text.act(children, shownName(server))}>
        {children}
      </Button>
    </StartForm>
  );
}
