import { Button } from "@mantine/core";
import { useRef } from "react";

interface PickFileProps {
  label: string;
  loading: boolean;
  onPick: (file: File) => void;
}

/** Lets a file of people be chosen. */
export function PickFile({ label, loading, onPick }: PickFileProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button variant="default" size="xs" loading={loading} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".csv,.txt,.tsv,.xlsx,.xlsm,.ods"
        onChange={(e) => {
          const file = e.target.files?.[0];
          e.target.value = ""; // the same file may be chosen again, once it was corrected
          if (file) onPick(file);
        }}
      />
    </>
  );
}
