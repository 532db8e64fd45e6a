import cluster from 'node:cluster';
import type { GivenValue } from '@neutrino/lib/conf/config-sources';
import type { ConfigValues, OptionSections } from '@neutrino/lib/conf/option';
import { ConfigError } from '@neutrino/lib/conf/resolve';
import type { ConfigWarning } from '@neutrino/lib/conf/review-files';
import { Command, CommanderError } from 'commander';
import type { Logger } from 'pino';
import { findBeside } from '../conf/find-config-files.ts';
import { loadConfig } from '../conf/load-config.ts';
import { loggingOptions } from '../conf/logging-options.ts';
import { openLog } from '../log/logger.ts';
import { tolerateBrokenPipe } from './broken-pipe.ts';
import { version } from '@neutrino/lib/version';
import { CannotStart } from './cannot-start.ts';
import { endInTime, onStopSignal } from './lifecycle.ts';
import { onReloadSignal } from './reload.ts';

export interface ProgramInput<S extends OptionSections> {
  readonly config: ConfigValues<S>;
  readonly log: Logger;
  /** Aborts when the program is told to stop (SIGTERM, SIGINT). */
  readonly signal: AbortSignal;
  /** Has `listener` called when the program is told to reload (SIGHUP), with the new values of mutable options. */
  readonly onReload: (listener: (config: ConfigValues<S>) => void | Promise<void>) => void;
  /** A file that the configuration names, absolute or beside the configuration files or in the usual places; undefined where there is none. */
  readonly findFile: (name: string) => string | undefined;
  /** What stands on the command line besides options. */
  readonly argv: readonly string[];
  /** Values of `extraOptions`, by their long name in camel case. */
  readonly options: Readonly<Record<string, unknown>>;
}

export interface ExtraOption {
  /** As commander has it: "--sql", "--out <file>". */
  readonly flags: string;
  readonly description: string;
  readonly default?: string | boolean;
}

export interface ProgramDefinition<S extends OptionSections> {
  readonly name: string;
  readonly description: string;
  readonly sections: S;
  /** Looked up in /etc/neutron and the other usual places where no file or directory is given. */
  readonly defaultConfigFiles: readonly string[];
  /** Arguments besides options, as commander writes them: "<command> [revision]". Without it there must be none. */
  readonly arguments?: string;
  readonly extraOptions?: readonly ExtraOption[];
  /** The program itself; it ends when this returns. It must end soon after `signal` aborts. */
  readonly main: (input: ProgramInput<S>) => Promise<void>;
}

export interface Program {
  /** Runs the program and sets the process's exit code: 0, 1 where `main` fails, 2 where it was started wrongly. */
  run(argv?: readonly string[]): Promise<void>;
}

/** The frame that every program of the project stands in: command line, configuration, log, signals, exit code. */
export function defineProgram<S extends OptionSections>(definition: ProgramDefinition<S>): Program {
  return {
    async run(argv = process.argv.slice(2)) {
      tolerateBrokenPipe();
      const command = buildCommand(definition);
      try {
        command.parse(argv, { from: 'user' });
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        process.exitCode = error.exitCode === 0 ? 0 : 2;
        return;
      }
      await start(definition, command);
    },
  };
}

interface CommonFlags {
  readonly configFile: readonly string[];
  readonly configDir: readonly string[];
  readonly debug?: boolean;
  readonly verbose?: boolean;
  readonly logFile?: string;
  readonly logDir?: string;
}

function buildCommand<S extends OptionSections>({ name, description, arguments: positional, extraOptions = [] }: ProgramDefinition<S>): Command {
  const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  const command = new Command(name)
    .description(description)
    .exitOverride()
    .version(`${name} ${version}`, '--version', 'print name and version')
    .option('--config-file <file>', 'read this configuration file; repeatable, a later one overrides an earlier one', collect, [])
    .option('--config-dir <directory>', 'read the *.conf files of this directory after the files; repeatable', collect, [])
    .option('-d, --debug', 'log what is only of use to find a fault')
    .option('-v, --verbose', 'the same as --debug')
    .option('--log-file <file>', 'log to this file instead of standard error')
    .option('--log-dir <directory>', 'directory of the log file');
  for (const extra of extraOptions) command.option(extra.flags, extra.description, extra.default);
  return positional === undefined ? command.allowExcessArguments(false) : command.arguments(positional);
}

async function start<S extends OptionSections>(definition: ProgramDefinition<S>, command: Command): Promise<void> {
  const flags = command.opts<CommonFlags>();
  const sections = { ...definition.sections, DEFAULT: { ...definition.sections['DEFAULT'], ...loggingOptions } };
  const load = () =>
    loadConfig(sections, {
      configFiles: flags.configFile,
      configDirs: flags.configDir,
      defaultFiles: definition.defaultConfigFiles,
      overrides: overridesOf(flags),
    });
  let loaded;
  try {
    loaded = load();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${definition.name}: ${problem}\n`);
    process.exitCode = 2;
    return;
  }
  const { debug, log_file: logFile, log_dir: logDir, use_json: useJson } = loaded.values.DEFAULT;
  const { log, reopen } = openLog({ program: definition.name, debug, logFile, logDir, ...(useJson && { pretty: false }) });
  // A program of several processes says it once.
  if (cluster.isPrimary) reportWarnings(log, loaded.warnings);

  // Node ends the process after such an error; without this its reason would be missing from a log file.
  process.on('uncaughtExceptionMonitor', (error) => log.fatal({ err: error }, 'the program ends because of an error that nothing handled'));
  using stop = onStopSignal(log);
  const listeners: ((config: ConfigValues<S>) => void | Promise<void>)[] = [];
  using _reload = onReloadSignal({
    sections,
    current: loaded.values,
    load: () => load().values,
    reopenLog: reopen,
    apply: async (config) => {
      log.level = config.DEFAULT.debug ? 'debug' : 'info';
      for (const listener of listeners) await listener(config);
    },
    log,
  });
  try {
    await definition.main({
      config: loaded.values,
      log,
      signal: stop.signal,
      onReload: (listener) => void listeners.push(listener),
      findFile: (name) => findBeside(name, loaded.files),
      argv: command.args,
      options: command.opts(),
    });
  } catch (error) {
    if (!stop.signal.aborted || (error as Error).name !== 'AbortError') {
      if (error instanceof CannotStart) log.fatal(error.message);
      else log.fatal({ err: error }, 'the program failed');
      process.exitCode = 1;
    }
  }
  endInTime(log);
}

function overridesOf({ debug, verbose, logFile, logDir }: CommonFlags): readonly GivenValue[] {
  const values = { debug: debug === true || verbose === true ? 'true' : undefined, log_file: logFile, log_dir: logDir };
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [{ section: 'DEFAULT', name, value: value.replaceAll('$', '$$$$') }]));
}

function reportWarnings(log: Logger, warnings: readonly ConfigWarning[]): void {
  for (const { kind, message } of warnings) {
    if (kind === 'no-effect') log.info(message);
    else log.warn(message);
  }
}
