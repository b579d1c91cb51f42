const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Somebody wants the command to end. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** Gives the signals their usual meaning back. */
  forget(): void;
}

/**
 * From here on a signal does not end the process, so that what was started can be stopped. Further ones change nothing: behind npm, one
 * Ctrl-C arrives twice.
 */
export function untilInterrupted(): Interruption {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  for (const name of SIGNALS) {
    process.on(name, interrupt);
  }
  return {
    signal: controller.signal,
    forget: () => {
      for (const name of SIGNALS) {
        process.off(name, interrupt);
      }
    },
  };
}
