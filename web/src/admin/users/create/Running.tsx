import { Button, Progress } from "@mantine/core";
import { Problem } from "../../../components/Problem";
import { createText } from "../../../text/create";
import { useText } from "../../../text/text";
import { type Creating, type Creation, doneOf, madeOf } from "./useCreation";

interface RunningProps {
  creation: Creation;
  creating: Creating;
  onClose: () => void;
}

/** How far it is. What got no answer is sent again when somebody says so. */
export function Running({ creation, creating, onClose }: RunningProps) {
  const text = useText(createText).progress;
  const done = doneOf(creation);
  const total = creation.asked.length;
  const stuck = creation.state === "stuck";
  return (
    <>
      <Progress value={(100 * done) / Math.max(1, total)} aria-label={text.running(done, total)} my="sm" />
      <p role="status">
        {text.running(done, total)} {!stuck && text.closed}
      </p>
      {stuck && <Problem what={text.stuck} error={creation.error} />}
      <div className="actions">
        {stuck && <Button onClick={creating.goOn}>{text.goOn}</Button>}
        {stuck && done === 0 && (
          <Button variant="default" onClick={creating.back}>
            {text.change}
          </Button>
        )}
        <Button variant="default" onClick={onClose}>
          {text.hide}
        </Button>
      </div>
    </>
  );
}

/** The way back to people who are being made, or to their passwords. */
export function CreationNotice({ creation, onShow }: { creation: Creation; onShow: () => void }) {
  const text = useText(createText).progress;
  const done = creation.state === "done";
  return (
    <p role="status">
      {done ? text.noticeDone(madeOf(creation).length) : text.notice(doneOf(creation), creation.asked.length)}{" "}
      <Button size="xs" variant="default" onClick={onShow}>
        {done ? text.showDone : text.show}
      </Button>
    </p>
  );
}
