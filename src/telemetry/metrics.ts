import type { Clock } from '../kernel/clock.ts';
import type { Observation, Observe } from '../kernel/observe.ts';
import { type GaugeSources, readGauges } from './gauges.ts';
import type { Instruments } from './instruments.ts';

/** What the service counts and measures. */
export interface Metrics {
  readonly observe: Observe;
  /** Everything in the text format of Prometheus. */
  render(sources: GaugeSources): Promise<string>;
}

/** So many observations are kept for somebody who may ask; from there on they are counted. */
const KEPT = 1_000;

/**
 * Metrics that cost nothing until somebody asks for them: what does the counting takes longer to load than much of what is counted here, so it is
 * loaded at the first question, or when a thousand observations wait for it, and is then told all that happened before.
 */
export function createMetrics({ clock }: { readonly clock: Clock }): Metrics {
  let waiting: Observation[] = [];
  let instruments: Instruments | null = null;
  let loading: Promise<Instruments> | null = null;

  const load = async (): Promise<Instruments> => {
    const { createInstruments } = await import('./instruments.ts');
    const made = createInstruments();
    waiting.forEach(made.observe);
    waiting = [];
    instruments = made;
    return made;
  };
  const loaded = async (): Promise<Instruments> => {
    loading ??= load();
    return await loading;
  };
  return {
    observe: (observation) => {
      if (instruments) {
        instruments.observe(observation);
        return;
      }
      waiting.push(observation);
      if (waiting.length === KEPT) {
        void loaded();
      }
    },
    render: async (sources) => {
      const [made, gauges] = await Promise.all([loaded(), readGauges(sources, clock.now())]);
      return await made.render(gauges);
    },
  };
}
