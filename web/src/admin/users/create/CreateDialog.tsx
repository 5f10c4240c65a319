import { Modal } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { createText } from "../../../text/create";
import { useText } from "../../../text/text";
import { Created } from "./Created";
import { CreateForm } from "./CreateForm";
import own from "./create.module.css";
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
  const body = useRef<HTMLDivElement>(null);
  const before = useRef(step);
  // What had the focus goes with its step: who works by keys, or listens, goes on at the next one's beginning.
  useEffect(() => {
    if (before.current !== step) body.current?.focus();
    before.current = step;
  }, [step]);
  // What was made is shown once, and does not go by a key or a click beside it without a question.
  const close = () => {
    if (done && !creation.taken && madeOf(creation).length > 0 && !asking) return setAsking(true);
    if (done) creating.forget();
    onClose();
  };
  return (
    <Modal.Root
      opened
      onClose={done && asking ? () => setAsking(false) : close}
      size="lg"
      centered
      transitionProps={{ duration: 0 }}
    >
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body>
          <Modal.Title>{text.title}</Modal.Title>
          <div ref={body} tabIndex={-1} className={own.step}>
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
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
