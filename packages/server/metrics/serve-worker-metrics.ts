import { AggregatorRegistry } from 'prom-client';
import { serveMetrics } from './serve-metrics.ts';

/** Serves what all workers of this process count, added up. Throws CannotStart where the port is taken. */
export function serveWorkerMetrics({ host, port }: { readonly host: string; readonly port: number }): Promise<AsyncDisposable> {
  const registry = new AggregatorRegistry();
  return serveMetrics({ host, port, collect: () => registry.clusterMetrics() });
}
