import { once } from 'node:events';
import type { WorkerPart } from '@neutrino/runtime/cmd/workers';
import { openTransport } from '@neutrino/runtime/rpc/open-transport';
import { AggregatorRegistry } from 'prom-client';
import type { Logger } from 'pino';
import { countAgents } from '../agents/count-agents.ts';
import { createKeystoneAuthenticator } from '../auth/keystone.ts';
import { keystoneSettings } from '../auth/keystone-settings.ts';
import { createNoauthAuthenticator } from '../auth/noauth.ts';
import type { ServerConfig } from '../conf/sections.ts';
import { databaseSettings, databaseUrl } from '../db/database-url.ts';
import { assertSchemaCurrent } from '../db/migrate.ts';
import { openDatabase } from '../db/open-database.ts';
import { untilAnswers } from '../db/until-answers.ts';
import { createServerMetrics } from '../metrics/server-metrics.ts';
import { serveMetrics } from '../metrics/serve-metrics.ts';
import { configuredPolicy } from './configured-policy.ts';
import { startServer, type ServerRole } from './start-server.ts';

export interface ServeOptions {
  readonly config: ServerConfig;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly findFile: (name: string) => string | undefined;
  /** Has the listener called with the new values of mutable options. */
  readonly onReload: (listener: (config: ServerConfig) => void) => void;
  readonly role: ServerRole;
  /** Where this process is one of several. */
  readonly worker?: WorkerPart | undefined;
}

/** One process of the server, until `signal` aborts. */
export async function serve({ config, log, signal, findFile, onReload, role, worker }: ServeOptions): Promise<void> {
  let current = config;
  onReload((changed) => (current = changed));
  const { auth_strategy: authStrategy } = config.DEFAULT;
  await using stack = new AsyncDisposableStack();
  const { policy } = stack.use(configuredPolicy(config, findFile, log));
  const transport = stack.use(openTransport({ config, program: 'neutron-server', log }));
  const { db } = stack.use(await openDatabase(databaseUrl(config), log, databaseSettings(config)));
  const { max_retries: maxRetries, retry_interval: retryIntervalSeconds } = config.database;
  await untilAnswers(db, { maxRetries, retryIntervalSeconds, signal, warn: (message) => log.warn(message) });
  await assertSchemaCurrent(db);
  const keystone = authStrategy === 'noauth' ? undefined : createKeystoneAuthenticator({ settings: keystoneSettings(config.keystone_authtoken), policy, log });
  if (keystone !== undefined) stack.use(keystone);
  const authenticate = keystone?.authenticate ?? createNoauthAuthenticator({ policy });
  const { bind_host: metricsHost, bind_port: metricsPort } = config.metrics;
  const metrics = metricsPort === 0 ? undefined : createServerMetrics({ agents: () => countAgents(db, config.DEFAULT.agent_down_time) });
  if (metrics !== undefined) {
    if (worker === undefined) stack.use(await serveMetrics({ host: metricsHost, port: metricsPort, collect: () => metrics.registry.metrics() }));
    else answerCollection(metrics.registry);
  }
  const server = stack.use(await startServer({ config, currentConfig: () => current, db, policy, authenticate, log, transport, role, ...(metrics !== undefined && { metrics }) }));
  if (role === 'rpc') log.info('agents are heard');
  else log.info({ url: server.url }, 'the network API answers');
  worker?.ready();
  if (!signal.aborted) await once(signal, 'abort');
}

/** The parent adds up what its workers count. */
function answerCollection(registry: Parameters<typeof AggregatorRegistry.setRegistries>[0]): void {
  AggregatorRegistry.setRegistries(registry);
  void new AggregatorRegistry();
}
