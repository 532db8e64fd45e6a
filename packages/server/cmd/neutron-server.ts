import { once } from 'node:events';
import { defineProgram } from '@neutrino/runtime/cmd/program';
import { openTransport } from '@neutrino/runtime/rpc/open-transport';
import { createKeystoneAuthenticator } from '../auth/keystone.ts';
import { keystoneSettings } from '../auth/keystone-settings.ts';
import { createNoauthAuthenticator } from '../auth/noauth.ts';
import { serverSections } from '../conf/sections.ts';
import { databaseSettings, databaseUrl } from '../db/database-url.ts';
import { assertSchemaCurrent } from '../db/migrate.ts';
import { openDatabase } from '../db/open-database.ts';
import { untilAnswers } from '../db/until-answers.ts';
import { createServerMetrics } from '../metrics/server-metrics.ts';
import { serveMetrics } from '../metrics/serve-metrics.ts';
import { countAgents } from '../agents/count-agents.ts';
import { configuredPolicy } from './configured-policy.ts';
import { missingDrivers } from './available-drivers.ts';
import { missingServices } from './service-plugins.ts';
import { startServer } from './start-server.ts';

/** The network API, joined to agents by the message broker, or on its own. */
await defineProgram({
  name: 'neutron-server',
  description: 'Serves the OpenStack Networking API (v2.0) with the ML2 plugin.',
  sections: serverSections,
  defaultConfigFiles: ['neutron.conf', 'plugins/ml2/ml2_conf.ini'],
  main: async ({ config, log, signal, findFile }) => {
    const { auth_strategy: authStrategy } = config.DEFAULT;
    for (const warning of [...missingServices(config.DEFAULT.service_plugins), ...missingDrivers(config)]) log.warn(warning);
    await using stack = new AsyncDisposableStack();
    const { policy } = stack.use(configuredPolicy(config, findFile, log));
    const { db } = stack.use(await openDatabase(databaseUrl(config), log, databaseSettings(config)));
    const { max_retries: maxRetries, retry_interval: retryIntervalSeconds } = config.database;
    await untilAnswers(db, { maxRetries, retryIntervalSeconds, signal, warn: (message) => log.warn(message) });
    await assertSchemaCurrent(db);
    const transport = stack.use(openTransport({ config, program: 'neutron-server', log }));
    const keystone = authStrategy === 'noauth' ? undefined : createKeystoneAuthenticator({ settings: keystoneSettings(config.keystone_authtoken), policy, log });
    if (keystone !== undefined) stack.use(keystone);
    const authenticate = keystone?.authenticate ?? createNoauthAuthenticator({ policy });
    const { bind_host: metricsHost, bind_port: metricsPort } = config.metrics;
    const metrics = metricsPort === 0 ? undefined : createServerMetrics({ agents: () => countAgents(db, config.DEFAULT.agent_down_time) });
    if (metrics !== undefined) stack.use(await serveMetrics({ host: metricsHost, port: metricsPort, collect: () => metrics.registry.metrics() }));
    const server = stack.use(await startServer({ config, db, policy, authenticate, log, transport, ...(metrics !== undefined && { metrics }) }));
    log.info({ url: server.url }, 'the network API answers');
    if (!signal.aborted) await once(signal, 'abort');
  },
}).run();
