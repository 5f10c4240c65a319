import { type ComponentType, lazy, Suspense, useState } from "react";

/** A part of the app that is loaded when it is wanted. */
export type Part<P extends object> = ComponentType<P> & {
  /** Loads it ahead, so that it is there at once when it is shown. */
  load: () => Promise<unknown>;
};

/**
 * Makes one of what imports it. What React waits for itself it shows no sooner than 0.3 s after it began to wait; what was
 * loaded ahead is shown as any other component.
 */
export function part<P extends object>(from: () => Promise<{ default: ComponentType<P> }>): Part<P> {
  let Loaded: ComponentType<P> | undefined;
  const load = async () => {
    const module = await from();
    Loaded = module.default;
    return module;
  };
  const Later = lazy(load);
  const Shown = (props: P) => {
    // One that had to be waited for stays the same to React once it is there, or what is typed in it were lost.
    const [Ahead] = useState(() => Loaded);
    return Ahead ? (
      <Ahead {...props} />
    ) : (
      <Suspense>
        <Later {...props} />
      </Suspense>
    );
  };
  return Object.assign(Shown, { load });
}
