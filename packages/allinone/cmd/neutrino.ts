import { Command, InvalidArgumentError } from 'commander';
import { defaultStateDirectory, describeStateDirectory, openStateDirectory, type StateDirectory } from '../state-directory.ts';
import { version } from '../version.ts';
import { addInstanceCommands } from './instance-commands.ts';
import { destroy } from './destroy.ts';
import { status } from './status.ts';

const DEFAULT_API_PORT = 9696;
const DEFAULT_IDENTITY_PORT = 5000;

/** The options that every sub-command understands. */
export interface GlobalOptions {
  readonly stateDir: string;
  readonly configFile: readonly string[];
  readonly configDir: readonly string[];
  readonly debug: boolean;
}

/** What only the service needs is imported where it starts: the other commands answer at once. */
function program(signal: AbortSignal): Command {
  const root = new Command('neutrino')
    .description('OpenStack Networking on one machine: the network service, its agents, an identity service, and instances to try it with')
    .version(`neutrino ${version}`)
    .option('--state-dir <directory>', 'where everything that lasts is kept', defaultStateDirectory())
    .option('--config-file <file>', 'a configuration file of the network service, as neutron-server reads it (repeatable)', append, [])
    .option('--config-dir <directory>', 'a directory whose *.conf files are read after those (repeatable)', append, [])
    .option('--debug', 'log in detail', false)
    .enablePositionalOptions()
    .showHelpAfterError();
  const state = (): StateDirectory => describeStateDirectory(root.opts<GlobalOptions>().stateDir);

  root
    .command('up')
    .description('start the service and stay in the foreground until Ctrl-C')
    .option('--state-dir <directory>', 'where everything that lasts is kept')
    .option('--host-network', "act on this machine's own network instead of a private host", false)
    .option('--port <port>', 'of the network API, on 127.0.0.1', portNumber, DEFAULT_API_PORT)
    .option('--identity-port <port>', 'of the identity service, on 127.0.0.1', portNumber, DEFAULT_IDENTITY_PORT)
    .action(async (options: { stateDir?: string; hostNetwork: boolean; port: number; identityPort: number }) => {
      const { configFile, configDir, debug, stateDir } = root.opts<GlobalOptions>();
      const { up } = await import('./up.ts');
      process.exitCode = await up({
        state: openStateDirectory(options.stateDir ?? stateDir),
        hostNetwork: options.hostNetwork,
        apiPort: options.port,
        identityPort: options.identityPort,
        configFiles: configFile,
        configDirs: configDir,
        debug,
        signal,
      });
    });

  root
    .command('demo')
    .description('show the main job on a service of its own, then remove every trace')
    .action(async () => {
      const { demo } = await import('../demo/demo.ts');
      process.exitCode = await demo({
        write: (text) => process.stdout.write(text),
        interactive: process.stdout.isTTY === true,
        signal,
      });
    });

  root.command('status').description('what is running, and how it is').action(async () => {
    process.exitCode = await status(state());
  });

  root
    .command('destroy')
    .description('end the private host with its instances, and remove the state directory')
    .action(async () => destroy(state()));

  addInstanceCommands(root.command('instance').description('namespaces that play virtual machines'), state);
  return root;
}

function append(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError('a port is a number from 0 to 65535.');
  return port;
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => stop.abort(new Error(`stopped by ${name}`)));
}
try {
  await program(stop.signal).parseAsync();
} catch (error) {
  process.stderr.write(`neutrino: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
