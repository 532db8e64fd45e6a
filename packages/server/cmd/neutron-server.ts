import { availableParallelism, totalmem } from 'node:os';
import { defineProgram } from '@neutrino/runtime/cmd/program';
import { superviseWorkers, workerPart } from '@neutrino/runtime/cmd/workers';
import { serverSections, type ServerConfig } from '../conf/sections.ts';
import { databaseUrl } from '../db/database-url.ts';
import { missingNova } from '../notifiers/nova/nova-settings.ts';
import { missingDrivers, networkScheduler } from './available-drivers.ts';
import { plannedWorkers, roleOfWorker, type PlannedWorker } from './planned-workers.ts';
import { missingServices } from './service-plugins.ts';

/** The network API, joined to agents by the message broker, or on its own; in several processes, or in this one. */
await defineProgram({
  name: 'neutron-server',
  description: 'Serves the OpenStack Networking API (v2.0) with the ML2 plugin.',
  sections: serverSections,
  defaultConfigFiles: ['neutron.conf', 'plugins/ml2/ml2_conf.ini'],
  main: async ({ config, log, signal, findFile, onReload }) => {
    const workers = workersOf(config);
    const worker = workerPart();
    if (worker === undefined) {
      networkScheduler(config);
      for (const warning of [...missingServices(config.DEFAULT.service_plugins), ...missingDrivers(config), ...missingNova(config)]) log.warn(warning);
      const [only, ...others] = workers;
      if (only !== undefined && others.length === 0) {
        const { serve } = await import('./serve.ts');
        await serve({ config, log, signal, findFile, onReload, role: only.role });
        return;
      }
      await using stack = new AsyncDisposableStack();
      const { bind_host: host, bind_port: port } = config.metrics;
      if (port !== 0) {
        const { serveWorkerMetrics } = await import('../metrics/serve-worker-metrics.ts');
        stack.use(await serveWorkerMetrics({ host, port }));
      }
      await superviseWorkers({ names: workers.map(({ name }) => name), signal, log });
      return;
    }
    try {
      const { serve } = await import('./serve.ts');
      await serve({ config, log: log.child({ worker: worker.name }), signal: AbortSignal.any([signal, worker.signal]), findFile, onReload, role: roleOfWorker(workers, worker.name), worker });
    } finally {
      worker.leave();
    }
  },
}).run();

function workersOf(config: ServerConfig): readonly PlannedWorker[] {
  const { api_workers: apiWorkers, rpc_workers: rpcWorkers, transport_url: transportUrl } = config.DEFAULT;
  const hasSingleWriter = databaseUrl(config).startsWith('sqlite');
  return plannedWorkers({ apiWorkers, rpcWorkers, hasBroker: transportUrl !== null, hasSingleWriter }, { cores: availableParallelism(), memoryBytes: totalmem() });
}
