import { tolerateBrokenPipe } from '@neutrino/runtime/cmd/broken-pipe';
import { ConfigError } from '@neutrino/lib/conf/resolve';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { defaultStateDirectory, describeStateDirectory, openStateDirectory, type StateDirectory } from '../state-directory.ts';
import { version } from '@neutrino/lib/version';
import { addInstanceCommands } from './instance-commands.ts';
import { status } from './status.ts';

const DEFAULT_IDENTITY_PORT = 5000;

/** Understood before and after the name of a command. */
interface SharedOptions {
  readonly stateDir?: string;
  readonly configFile?: readonly string[];
  readonly configDir?: readonly string[];
  readonly debug?: boolean;
}

interface UpFlags {
  readonly hostNetwork: boolean;
  readonly port?: number;
  readonly identityPort: number;
}

/** What only the service needs is imported where it starts: the other commands answer at once. */
function program(signal: AbortSignal): Command {
  const root = new Command('neutrino')
    .description('OpenStack Networking on one machine: the network service, its agents, an identity service, and instances to try it with')
    .version(`neutrino ${version}`, '--version', 'print name and version')
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('(--help says more)');
  addSharedOptions(root);
  let shared: SharedOptions = {};
  const state = (): StateDirectory => describeStateDirectory(shared.stateDir ?? defaultStateDirectory());

  root
    .command('up')
    .description('start the service and stay in the foreground until Ctrl-C')
    .option('--host-network', "act on this machine's own network instead of a private host", false)
    .option('--port <port>', 'of the network API (default: [DEFAULT] bind_port, or 9696)', portNumber)
    .option('--identity-port <port>', 'of the identity service, on 127.0.0.1', portNumber, DEFAULT_IDENTITY_PORT)
    .action(async ({ hostNetwork, port, identityPort }: UpFlags) => {
      const { up } = await import('./up.ts');
      process.exitCode = await up({ ...startOptions(shared), state: openStateDirectory(state().path), hostNetwork, apiPort: port, identityPort, signal });
    });

  root
    .command('demo')
    .description('show the main job on a service of its own, then remove every trace')
    .action(async () => {
      if (shared.stateDir !== undefined) throw new UsageError('--state-dir: the demonstration has a state directory of its own');
      const { demo } = await import('../demo/demo.ts');
      const write = (text: string): void => void process.stdout.write(text);
      process.exitCode = await demo({ ...startOptions(shared), write, interactive: process.stdout.isTTY === true, signal });
    });

  root.command('status').description('what is running, and how it is').action(async () => {
    process.exitCode = await status(state());
  });

  root
    .command('destroy')
    .description('end the private host with its instances, and remove the state directory')
    .action(async () => {
      const { destroy } = await import('./destroy.ts');
      await destroy(state());
    });

  root
    .command('config')
    .description('configuration files')
    .command('check')
    .argument('<file...>', "neutron.conf, ml2_conf.ini, the agents' files: read together, a later one overriding an earlier one")
    .description('tell what is unknown, outdated or wrong in them, by line; exit status 0: nothing wrong, 1: something, 2: a file cannot be read')
    .action(async (files: readonly string[]) => {
      const { checkConfig } = await import('./config-check.ts');
      process.exitCode = checkConfig(files, (text) => process.stdout.write(text));
    });

  addInstanceCommands(root.command('instance').description('namespaces that play virtual machines'), state);

  for (const command of leavesOf(root)) addSharedOptions(command);
  root.hook('preAction', (_, action) => {
    shared = sharedOptions(root.opts<SharedOptions>(), action.opts<SharedOptions>());
    const starts = action.name() === 'up' || action.name() === 'demo';
    const { configFiles, configDirs, debug } = startOptions(shared);
    if (!starts && (debug || configFiles.length + configDirs.length > 0)) {
      throw new UsageError('--config-file, --config-dir and --debug are for what starts a service: up and demo');
    }
  });
  return root;
}

class UsageError extends Error {
  override readonly name = 'UsageError';
}

function addSharedOptions(command: Command): void {
  command
    .option('--state-dir <directory>', `where everything that lasts is kept (default: ${defaultStateDirectory()})`)
    .option('--config-file <file>', "neutron.conf and others, as neutron's server and agents read them (repeatable)", append)
    .option('--config-dir <directory>', 'a directory whose *.conf files are read after those (repeatable)', append)
    .option('--debug', 'log in detail');
}

function sharedOptions(before: SharedOptions, after: SharedOptions): SharedOptions {
  return {
    ...before,
    ...after,
    configFile: [...(before.configFile ?? []), ...(after.configFile ?? [])],
    configDir: [...(before.configDir ?? []), ...(after.configDir ?? [])],
  };
}

function startOptions({ configFile = [], configDir = [], debug = false }: SharedOptions) {
  return { configFiles: configFile, configDirs: configDir, debug };
}

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap((each) => leavesOf(each));
}

function append(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return port;
}

/** The first signal stops in order; a second one ends the process as it would without us. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = (name: NodeJS.Signals): void => {
    for (const each of names) process.off(each, stop);
    controller.abort(new Error(`stopped by ${name}`));
  };
  for (const name of names) process.on(name, stop);
  return controller.signal;
}

tolerateBrokenPipe();
try {
  await program(stopSignal()).parseAsync();
} catch (error) {
  if (error instanceof ConfigError) for (const problem of error.problems) process.stderr.write(`neutrino: ${problem}\n`);
  // commander has said what was wrong itself.
  else if (!(error instanceof CommanderError)) process.stderr.write(`neutrino: ${error instanceof Error ? error.message : String(error)}\n`);
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = error instanceof ConfigError || error instanceof UsageError ? 2 : 1;
}
