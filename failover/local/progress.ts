// Progress: nobody is left wondering. Whatever takes longer than two seconds says so, and why.

export type Tell = (line: string) => void;

const firstAfterMs = 2_000;

/** Tells every two seconds that `label` goes on, until the returned function is called. */
export function keepTelling(label: string, tell: Tell): () => void {
  const startedMs = performance.now();
  let timer: NodeJS.Timeout;
  const schedule = () => {
    timer = setTimeout(() => {
      tell(`${label} (${Math.round((performance.now() - startedMs) / 1000)} s)`);
      schedule();
    }, firstAfterMs);
  };
  schedule();
  return () => clearTimeout(timer);
}

/** Resolves once `probe` answers true. @throws what `failure` returns when time is up. */
export async function until(
  probe: () => Promise<boolean>,
  {
    label,
    timeoutMs,
    tell,
    failure,
  }: { label: string; timeoutMs: number; tell: Tell; failure: () => Error },
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  const done = keepTelling(`waiting for ${label}`, tell);
  try {
    while (!(await probe())) {
      if (performance.now() > deadlineMs) throw failure();
      await new Promise((wake) => setTimeout(wake, 20));
    }
  } finally {
    done();
  }
}
