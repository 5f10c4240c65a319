import { Button } from "@mantine/core";
import { useState } from "react";
import { type Server, shownName } from "../../../api/servers";
import { Dialog } from "../../../components/Dialog";
import { useApp } from "../../../context";
import { sharingText } from "../../../text/sharing";
import { useText } from "../../../text/text";
import { AccessList } from "./AccessList";
import { GiveForm } from "./GiveForm";
import { sharingRights } from "./rights";
import classes from "./sharing.module.css";

/** Who has access to a server; gives it, and takes it back. */
export default function ShareDialog({ server, onClose }: { server: Server; onClose: () => void }) {
  const { data } = useApp();
  const text = useText(sharingText);
  const [typed, setTyped] = useState(false);
  return (
    <Dialog title={text.title(shownName(server))} onClose={onClose} size="lg" held={typed}>
      <p>{text.warning}</p>
      <GiveForm server={server.name} rights={sharingRights(data.scopes, data.user)} onTyped={setTyped} />
      <h3 className={classes.heading}>{text.access}</h3>
      <AccessList server={server.name} />
      <div className="actions">
        <Button variant="default" onClick={onClose}>
          {text.close}
        </Button>
      </div>
    </Dialog>
  );
}
