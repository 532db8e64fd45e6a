import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@neutrino/runtime/log/logger';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { startServer } from '@neutrino/server/cmd/start-server';
import { upgrade } from '@neutrino/server/db/migrate';
import { openDatabase } from '@neutrino/server/db/open-database';
import { createPolicy } from '@neutrino/server/policy/policy-engine';
import type { Logger } from 'pino';
import { CLOUD, DEMO_CLOUD, writeCloudFiles } from './cloud-files.ts';
import { embeddedConfig, PRIVATE_MAPPINGS } from './embedded-config.ts';
import type { Host } from './host/host.ts';
import { machineHost } from './host/host.ts';
import { superviseHost } from './host/host-supervisor.ts';
import { openPrivateHost, UNDERLAY_ADDRESS } from './host/private-host.ts';
import { identify } from './host/process-identity.ts';
import { openIdentityService, type IdentityService } from './identity/identity-service.ts';
import { restoreInstances } from './instances/instance-service.ts';
import { isRunning, readService, recordService } from './running-service.ts';
import { writeWhole, type StateDirectory } from './state-directory.ts';

export interface ServiceOptions {
  readonly state: StateDirectory;
  /** Act on this machine's own network rather than on a private host. */
  readonly hostNetwork: boolean;
  /** On 127.0.0.1; 0: any free one. */
  readonly apiPort: number;
  readonly identityPort: number;
  readonly configFiles: readonly string[];
  readonly configDirs: readonly string[];
  /** The log goes to a file of the state directory only. */
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** Neutrino whole, on one machine. Disposing it stops the programs; what the agents made in the kernel goes on. */
export interface Service extends AsyncDisposable {
  readonly networkUrl: string;
  readonly identityUrl: string;
  readonly hostName: string;
  /** undefined without root: the API alone. */
  readonly host: Host | undefined;
  agentsPid(): number | undefined;
}

/** How long a start waits for the agents before it says that it is ready all the same. */
const HOST_READY_MS = 5_000;
/** `[AGENT] report_interval` of agents that sit beside their server. */
const REPORT_INTERVAL_MS = 10_000;

export async function startService(options: ServiceOptions): Promise<Service> {
  const { state } = options;
  if (isRunning(state)) throw new Error(`a service is already running on ${state.path} (pid ${readService(state)?.pid})`);
  await using started = new AsyncDisposableStack();
  const log = createLogger({
    program: 'neutrino',
    debug: options.debug,
    ...(options.quiet || process.stderr.isTTY !== true ? { logFile: join(state.logs, 'neutrino.log') } : {}),
  });
  // The host does not need the server, nor the server the host, until messages flow.
  const opening = process.getuid?.() === 0 ? openHost(options) : undefined;
  opening?.catch(() => undefined);

  const config = embeddedConfig({
    ...options,
    hasTunnels: opening !== undefined && !options.hostNetwork,
    hasProviderNetwork: opening !== undefined && !options.hostNetwork,
    log,
  });
  const database = started.use(await openDatabase(config.database.connection ?? '', log));
  await upgrade(database.db);
  const policy = createPolicy();
  const broker = started.use(createBroker({ log }));
  const networkPort = options.apiPort;
  let identity: IdentityService | undefined;
  const server = started.use(
    await startServer({
      config,
      db: database.db,
      transport: started.use(broker.connect()),
      policy,
      log,
      authenticate: async (headers, ids) => {
        if (identity === undefined) throw new Error('identity is not up yet');
        return identity.authenticator(headers, ids);
      },
    }),
  );
  identity = started.use(
    await openIdentityService({
      stateDirectory: state.path,
      log,
      policy,
      port: options.identityPort,
      networkUrl: networkPort === 0 ? server.url : `http://127.0.0.1:${networkPort}`,
    }),
  );
  await identity.listen();
  writeClouds(state, identity);

  const host = await opening;
  const hostName = config.DEFAULT.host;
  const supervisor = host === undefined ? undefined : started.use(await runAgents({ ...options, broker, host, hostName, log }));
  if (supervisor !== undefined && !(await within(HOST_READY_MS, supervisor.ready))) {
    log.warn(`the agents are not ready after ${HOST_READY_MS / 1000} s; the API answers meanwhile, and ${state.logs}/agents.log says more`);
  }
  if (host?.isNew === true) await restoreInstances(state, host);

  const self = identify(process.pid);
  if (self !== undefined) {
    recordService(state, { ...self, networkUrl: server.url, identityUrl: identity.url, hostName, hostNetwork: options.hostNetwork });
  }
  log.info({ network: server.url, identity: identity.url, host: hostName }, 'ready');
  const running = started.move();
  return {
    networkUrl: server.url,
    identityUrl: identity.url,
    hostName,
    host,
    agentsPid: () => supervisor?.pid(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Whether `promise` resolves within `ms`. */
async function within(ms: number, promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), sleep(ms, false, { ref: false })]);
}

type OpenHost = Host & { readonly isNew: boolean };

async function openHost({ state, hostNetwork }: ServiceOptions): Promise<OpenHost> {
  if (!hostNetwork) return openPrivateHost(state);
  // After a reboot the machine has none of our instances; plugging those that are there changes nothing.
  return { ...machineHost, isNew: true };
}

function runAgents(options: ServiceOptions & { readonly broker: Broker; readonly host: Host; readonly hostName: string; readonly log: Logger }) {
  const { state, broker, host, hostName, log, debug } = options;
  return superviseHost({
    state,
    host,
    broker,
    log,
    settings: {
      host: hostName,
      stateDirectory: state.agents,
      instancesDirectory: state.instances,
      metadataSecret: metadataSecret(state),
      reportIntervalMs: REPORT_INTERVAL_MS,
      physicalInterfaceMappings: host.isPrivate ? PRIVATE_MAPPINGS : {},
      ...(host.isPrivate && { tunnelAddress: UNDERLAY_ADDRESS }),
      debug,
    },
  });
}

function writeClouds(state: StateDirectory, identity: IdentityService): void {
  const common = { authUrl: `${identity.url}/v3`, userDomainName: 'Default', projectDomainName: 'Default', regionName: 'RegionOne' };
  writeCloudFiles(state, {
    [CLOUD]: { ...common, username: 'admin', password: identity.adminPassword, projectName: 'admin' },
    [DEMO_CLOUD]: { ...common, username: 'demo', password: identity.demoPassword, projectName: 'demo' },
  });
}

/** Made once; signs instances' ids between the metadata agent and the metadata source. */
function metadataSecret(state: StateDirectory): string {
  try {
    return readFileSync(state.metadataSecret, 'utf8');
  } catch {
    const secret = randomBytes(32).toString('hex');
    writeWhole(state.metadataSecret, secret);
    return secret;
  }
}
