import { Skeleton } from "@mantine/core";
import { useText } from "../text/text";

/** The place of a list that is being looked up: as many rows, of about their height. */
export function Loading({ rows = 5, height = 32 }: { rows?: number; height?: number }) {
  const { loading } = useText();
  return (
    <div aria-busy="true">
      <p className="hidden" role="status">
        {loading}
      </p>
      {Array.from({ length: rows }, (_, n) => (
        <Skeleton key={String(n)} height={height} my={8} />
      ))}
    </div>
  );
}
