import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import { Command, Option } from 'commander';
import type { Exchange, Session } from '../session.ts';
import { version } from '@neutrino/lib/version';
import { addAgentCommands } from './agent-commands.ts';
import { normaliseArguments } from './attribute-options.ts';
import type { CommandEnvironment } from './command-environment.ts';
import { describeGroups } from './command-names.ts';
import { addCompletion, completionOf } from './completion.ts';
import { curlOf } from './curl.ts';
import { addExtensionCommands } from './extension-commands.ts';
import { addFlavorCommands } from './flavor-commands.ts';
import { LOGIN_SOURCES, SETTINGS, type LoginSettings } from './login-settings.ts';
import { login } from './login.ts';
import { append } from './printing.ts';
import { addQuotaCommands } from './quota-commands.ts';
import { addResourceCommands } from './resource-commands.ts';
import { addRouteCommands } from './route-commands.ts';
import { addTagCommands } from './tag-commands.ts';

export interface Surroundings {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly write: (text: string) => void;
  readonly writeError: (text: string) => void;
}

interface ProgramOptions extends Readonly<Record<string, unknown>> {
  readonly osCloud?: string;
  readonly configFile?: readonly string[];
  readonly configDir?: readonly string[];
  readonly debug?: boolean;
}

/** The command line `neutron`. `run` throws CommanderError or UsageError for a command that cannot be understood, RequestFailed for one that failed. */
export function neutronProgram(surroundings: Surroundings): { run(argv: readonly string[]): Promise<void> } {
  const api = buildApi(extensions);
  const program = programFrame(surroundings);
  let session: Promise<Session> | undefined;
  const environment: CommandEnvironment = {
    api,
    session: () => (session ??= openSession(program.opts<ProgramOptions>(), surroundings)),
    write: surroundings.write,
  };
  for (const resource of api.resources) addResourceCommands(program, resource, environment);
  addExtensionCommands(program, environment);
  addAgentCommands(program, environment);
  addFlavorCommands(program, environment);
  addQuotaCommands(program, environment);
  addTagCommands(program, environment);
  addRouteCommands(program, environment);
  addCompletion(program, surroundings.write);
  describeGroups(program);
  return {
    async run(argv) {
      const completion = completionOf(program, argv);
      if (completion !== undefined) {
        surroundings.write(completion);
        return;
      }
      await program.parseAsync(normaliseArguments(argv, booleanFlags(program)), { from: 'user' });
    },
  };
}

const EPILOGUE = `
The old client's names work as well: net-list, net-create NAME, subnet-create NETWORK CIDR, port-create NETWORK, ext-list …

Exit status: 0 done; 1 the server refused, or something else failed; 2 the command is wrong; 3 there is no such thing;
4 no answer; 5 not allowed, or not logged in.`;

function programFrame({ write, writeError }: Surroundings): Command {
  const program = new Command('neutron')
    .description('OpenStack Networking from the command line: neutron network create NAME, neutron port list --network NAME …')
    .version(`neutron ${version}`, '--version', 'print name and version')
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: writeError })
    .option('--os-cloud <name>', 'a cloud of clouds.yaml (OS_CLOUD)')
    .option('--config-file <file>', 'log in as the [neutron] section of this file says, e.g. /etc/nova/nova.conf (repeatable)', append)
    .option('--config-dir <directory>', 'as well as the *.conf files of this directory (repeatable)', append)
    .option('-v, --debug', 'tell on standard error what is asked, as calls of curl, and what is answered, without secrets')
    .addHelpText('after', EPILOGUE)
    .showHelpAfterError('(--help says more)');
  for (const setting of SETTINGS) {
    const { option, variables, about } = LOGIN_SOURCES[setting];
    option.forEach((flag, place) => {
      const shown = new Option(setting === 'insecure' ? `--${flag}` : `--${flag} <value>`, `${about} (${variables[0]})`);
      program.addOption(place === 0 ? shown : shown.hideHelp());
    });
  }
  return program;
}

function openSession(options: ProgramOptions, { variables, writeError }: Surroundings): Promise<Session> {
  const given: Record<string, string> = {};
  for (const setting of SETTINGS) {
    const value = LOGIN_SOURCES[setting].option.map((flag) => options[new Option(`--${flag}`).attributeName()]).find((each) => each !== undefined);
    if (value !== undefined) given[setting] = String(value);
  }
  const { osCloud: cloud } = options;
  return login({
    options: given satisfies LoginSettings,
    ...(cloud !== undefined && { cloud }),
    files: { configFiles: options.configFile ?? [], configDirs: options.configDir ?? [] },
    variables,
    ...(options.debug === true && { observe: (exchange: Exchange) => writeError(curlOf(exchange)) }),
  });
}

/** The flags of options whose value may be left out, of all commands. */
function booleanFlags(command: Command): ReadonlySet<string> {
  const own = command.options.filter(({ optional, long }) => optional && long !== undefined).map(({ long }) => String(long));
  return new Set([...own, ...command.commands.flatMap((each) => [...booleanFlags(each)])]);
}
