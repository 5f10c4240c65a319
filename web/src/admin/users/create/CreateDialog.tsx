import { useState } from "react";
import { Dialog, Step } from "../../../components/Dialog";
import { createText } from "../../../text/create";
import { useText } from "../../../text/text";
import { Created } from "./Created";
import { CreateForm } from "./CreateForm";
import { Running } from "./Running";
import { type Creating, madeOf } from "./useCreation";

/** Makes people: who, then how; and then the passwords, once. It can be closed while they are made. */
export function CreateDialog({ creating, onClose }: { creating: Creating; onClose: () => void }) {
  const text = useText(createText);
  const { creation } = creating;
  const [asking, setAsking] = useState(false);
  const done = creation?.state === "done";
  // What is made already can be taken, also where it did not go on.
  const some = creation?.state === "stuck" && madeOf(creation).length > 0;
  const step = done || some ? (asking ? "question" : "passwords") : creation ? "running" : "form";
  const made = creation ? madeOf(creation).length : 0;
  const failed = creation?.results.some((result) => result?.status === "failed");
  // What was made is shown once, and does not go by a key or a click beside it without a question.
  const close = () => {
    if (done && !creation.taken && made > 0 && !asking) return setAsking(true);
    if (done) creating.forget();
    onClose();
  };
  return (
    <Dialog
      title={text.title}
      onClose={done && asking ? () => setAsking(false) : close}
      held={done && !asking && failed && (creation.taken || made === 0)} // they can be tried again
      size="lg"
    >
      <Step of={step}>
        {creation && (done || some) && (
          <Created
            creation={creation}
            creating={creating}
            asking={asking}
            onBack={() => setAsking(false)}
            onClose={close}
          />
        )}
        {creation && !done && !some && <Running creation={creation} creating={creating} onClose={close} />}
        <div hidden={creation !== null}>
          <CreateForm
            draft={creating.draft}
            onCreate={creating.begin}
            onClose={() => {
              creating.forget();
              onClose();
            }}
          />
        </div>
      </Step>
    </Dialog>
  );
}
