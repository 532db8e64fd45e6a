import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listenFailure } from '@neutrino/runtime/cmd/cannot-start';
import { createLogger } from '@neutrino/runtime/log/logger';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import type { Authenticator } from '@neutrino/server/auth/authenticator';
import { createNoauthAuthenticator } from '@neutrino/server/auth/noauth';
import { configuredPolicy } from '@neutrino/server/cmd/configured-policy';
import { missingDrivers } from '@neutrino/server/cmd/available-drivers';
import { hasService, missingServices } from '@neutrino/server/cmd/service-plugins';
import { startServer } from '@neutrino/server/cmd/start-server';
import { upgrade } from '@neutrino/server/db/migrate';
import { openDatabase } from '@neutrino/server/db/open-database';
import type { Logger } from 'pino';
import { CLOUD, DEMO_CLOUD, writeCloudFiles } from './cloud-files.ts';
import { embeddedConfig, type EmbeddedConfig } from './embedded-config.ts';
import { servedL3Extensions } from './embedded-l3.ts';
import type { Host } from './host/host.ts';
import type { HostSettings } from './host/host-settings.ts';
import { machineHost } from './host/host.ts';
import { superviseHost } from './host/host-supervisor.ts';
import { openPrivateHost } from './host/private-host.ts';
import { identify } from './host/process-identity.ts';
import { openIdentityService, type IdentityService } from './identity/identity-service.ts';
import { restoreInstances } from './instances/instance-service.ts';
import { recordService } from './running-service.ts';
import { writeWhole, type StateDirectory } from './state-directory.ts';
import { holdStateDirectory } from './state-lock.ts';

export interface ServiceOptions {
  readonly state: StateDirectory;
  /** Act on this machine's own network rather than on a private host. */
  readonly hostNetwork: boolean;
  /** 0: any free one; undefined: as the configuration says. */
  readonly apiPort: number | undefined;
  /** On 127.0.0.1; 0: any free one. */
  readonly identityPort: number;
  readonly configFiles: readonly string[];
  readonly configDirs: readonly string[];
  /** The log goes to a file of the state directory only. */
  readonly quiet: boolean;
  readonly debug: boolean;
  /** Aborting it ends the start; what was started is stopped again. */
  readonly signal?: AbortSignal;
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
const HOST_READY_MS = 30_000;

export async function startService(options: ServiceOptions): Promise<Service> {
  const { state, signal } = options;
  await using started = new AsyncDisposableStack();
  started.use(holdStateDirectory(state));
  const isRoot = process.getuid?.() === 0;
  const embedded = embeddedConfig({ ...options, isPrivateHost: isRoot && !options.hostNetwork });
  const { server: config } = embedded;
  const log = serviceLog(options, embedded);
  report(log, [...embedded.warnings.map(({ message }) => message), ...missingServices(config.DEFAULT.service_plugins), ...missingDrivers(config)], options.quiet);
  const { policy } = started.use(configuredPolicy(config, embedded.findFile, log));
  const broker = started.use(createBroker({ log }));
  const hostName = config.DEFAULT.host;
  // The agents' process starts while the server does: what they say to each other waits at the broker.
  const host = isRoot ? await openHost(options) : undefined;
  const supervisor = host === undefined ? undefined : await runAgents({ ...options, configFiles: embedded.configFiles, hasRouters: hasService(config.DEFAULT.service_plugins, 'router'), l3Extensions: servedL3Extensions(config.DEFAULT.service_plugins), broker, host, hostName, log });
  await using agents = new AsyncDisposableStack();
  if (supervisor !== undefined) agents.use(supervisor);
  signal?.throwIfAborted();

  const database = started.use(await openDatabase(config.database.connection ?? '', log));
  await upgrade(database.db);
  // The identity service must know where the API answers, and the API whom to ask: nobody has a token in between.
  const callers: { authenticator?: Authenticator } = {};
  const byIdentity: Authenticator = async (headers, ids) => {
    if (callers.authenticator === undefined) throw new Error('identity is not up yet');
    return callers.authenticator(headers, ids);
  };
  const server = started.use(
    await startServer({
      config,
      db: database.db,
      transport: started.use(broker.connect()),
      policy,
      log,
      portOption: '--port',
      authenticate: config.DEFAULT.auth_strategy === 'noauth' ? createNoauthAuthenticator({ policy }) : byIdentity,
    }),
  );
  const identity = started.use(
    await openIdentityService({
      stateDirectory: state.path,
      log,
      policy,
      port: options.identityPort,
      networkUrl: urlFromHere(server.url),
    }),
  );
  callers.authenticator = identity.authenticator;
  await identity.listen().catch((error: unknown) => {
    throw listenFailure(error, '127.0.0.1', options.identityPort, '--identity-port');
  });
  writeClouds(state, identity);
  signal?.throwIfAborted();

  // From here on the agents end before the server that they report to.
  started.use(agents.move());
  if (supervisor !== undefined && !(await within(HOST_READY_MS, supervisor.ready, signal))) {
    log.warn(`the agents are not ready after ${HOST_READY_MS / 1000} s; the API answers meanwhile, and ${state.logs}/agents.log says more`);
  }
  const self = identify(process.pid);
  if (self !== undefined) {
    recordService(state, { ...self, networkUrl: urlFromHere(server.url), identityUrl: identity.url, hostName, hostNetwork: options.hostNetwork });
  }
  if (host?.isNew === true) await restoreInstances(state, host, log);
  log.info({ network: server.url, identity: identity.url, host: hostName }, 'ready');
  const running = started.move();
  return {
    networkUrl: urlFromHere(server.url),
    identityUrl: identity.url,
    hostName,
    host,
    agentsPid: () => supervisor?.pid(),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Whether `promise` resolves within `ms`. */
async function within(ms: number, promise: Promise<void>, signal: AbortSignal | undefined): Promise<boolean> {
  return Promise.race([promise.then(() => true), sleep(ms, false, { ref: false, ...(signal && { signal }) })]);
}

type OpenHost = Host & { readonly isNew: boolean };

async function openHost({ state, hostNetwork }: ServiceOptions): Promise<OpenHost> {
  if (!hostNetwork) return openPrivateHost(state);
  // After a reboot the machine has none of our instances; plugging those that are there changes nothing.
  return { ...machineHost, isNew: true };
}

function runAgents(options: ServiceOptions & Pick<HostSettings, 'hasRouters' | 'l3Extensions'> & { readonly broker: Broker; readonly host: Host; readonly hostName: string; readonly log: Logger }) {
  const { state, broker, host, hostName, log, debug, configFiles, configDirs, hasRouters, l3Extensions } = options;
  return superviseHost({
    state,
    host,
    broker,
    log,
    settings: {
      host: hostName,
      instancesDirectory: state.instances,
      metadataSecret: metadataSecret(state),
      configFiles,
      configDirs,
      hasRouters,
      l3Extensions,
      debug,
    },
  });
}

/** In a file of the state directory, unless somebody watches or the configuration has another place for it. */
function serviceLog({ state, quiet, debug }: ServiceOptions, { logging }: EmbeddedConfig): Logger {
  const configured = logging.log_file !== null || logging.log_dir !== null;
  const inState = !configured && (quiet || process.stderr.isTTY !== true);
  return createLogger({
    program: 'neutrino',
    debug: debug || logging.debug,
    logFile: inState ? join(state.logs, 'neutrino.log') : logging.log_file,
    logDir: logging.log_dir,
  });
}

/** Where the log is a file, an operator who starts the service by hand should see this all the same. */
function report(log: Logger, warnings: readonly string[], quiet: boolean): void {
  for (const warning of warnings) {
    log.warn(warning);
    if (!quiet && process.stderr.isTTY !== true) process.stderr.write(`neutrino: ${warning}\n`);
  }
}

/** An address that means "all" is none to connect to. */
function urlFromHere(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
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
