import { Button } from "@mantine/core";
import { useState } from "react";
import { type Server, shownName } from "../../../api/servers";
import { part } from "../../../components/part";
import { homeText } from "../../../text/home";
import { sharingText } from "../../../text/sharing";
import { useText } from "../../../text/text";
import type { Weight } from "../weight";

const ShareDialog = part(() => import("./ShareDialog"));

/** Opens the dialog of who has access to a server. */
export function ShareButton({ server, weight }: { server: Server; weight: Weight }) {
  const [open, setOpen] = useState(false);
  const home = useText(homeText);
  const { share } = useText(sharingText);
  return (
    <>
      <Button {...weight.other} onClick={() => setOpen(true)} aria-label={home.act(share, shownName(server))}>
        {share}
      </Button>
      {open && <ShareDialog server={server} onClose={() => setOpen(false)} />}
    </>
  );
}
