import { ConfigError } from '@neutrino/lib/conf/resolve';
import type { ConfigValues, OptionSections } from '@neutrino/lib/conf/option';
import type { Logger } from 'pino';

export interface ReloadOptions<S extends OptionSections> {
  readonly sections: S;
  /** What holds now. */
  readonly current: ConfigValues<S>;
  /** Reads the files again. Throws ConfigError. */
  readonly load: () => ConfigValues<S>;
  /** Follows log rotation. */
  readonly reopenLog: () => void;
  /** Gets the configuration in which mutable options have their new values and all others their old ones. */
  readonly apply: (config: ConfigValues<S>) => void | Promise<void>;
  readonly log: Logger;
}

/**
 * On SIGHUP the log file is opened anew, the configuration is read again, and options that are mutable take their new values. A file
 * that is wrong now changes nothing. Disposing it gives SIGHUP back to Node.
 */
export function onReloadSignal<S extends OptionSections>({ sections, current, load, reopenLog, apply, log }: ReloadOptions<S>): Disposable {
  let running = current;
  const reload = async (): Promise<void> => {
    reopenLog();
    const { changed, ignored, values } = merge(sections, running, load());
    running = values;
    for (const name of ignored) log.warn(`SIGHUP: ${name} has changed in the configuration; that takes effect at the next start`);
    await apply(running);
    log.info(changed.length === 0 ? 'SIGHUP: reloaded, no option that can change has changed' : `SIGHUP: reloaded ${changed.join(', ')}`);
  };
  const listener = (): void => {
    reload().catch((error: unknown) => {
      if (error instanceof ConfigError) for (const problem of error.problems) log.error(`SIGHUP: nothing changes: ${problem}`);
      else log.error({ err: error }, 'SIGHUP: the reload failed');
    });
  };
  process.on('SIGHUP', listener);
  return { [Symbol.dispose]: () => void process.off('SIGHUP', listener) };
}

interface Merged<S extends OptionSections> {
  readonly values: ConfigValues<S>;
  /** "[section] name" of each. */
  readonly changed: readonly string[];
  readonly ignored: readonly string[];
}

function merge<S extends OptionSections>(sections: S, before: ConfigValues<S>, after: ConfigValues<S>): Merged<S> {
  const changed: string[] = [];
  const ignored: string[] = [];
  const values: Record<string, Record<string, unknown>> = {};
  for (const [section, table] of Object.entries(sections)) {
    const [old, fresh]: readonly Readonly<Record<string, unknown>>[] = [before[section] ?? {}, after[section] ?? {}];
    const merged: Record<string, unknown> = { ...old };
    for (const [name, option] of Object.entries(table)) {
      if (JSON.stringify(old?.[name]) === JSON.stringify(fresh?.[name])) continue;
      (option.mutable === true ? changed : ignored).push(`[${section}] ${name}`);
      if (option.mutable === true) merged[name] = fresh?.[name];
    }
    values[section] = Object.freeze(merged);
  }
  return { values: Object.freeze(values) as ConfigValues<S>, changed, ignored };
}
