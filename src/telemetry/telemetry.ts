export type { GaugeSources, LedgerCheck, Standing } from './gauges.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { metricsRoute, observeRefusals } from './routes.ts';
