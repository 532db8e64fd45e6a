import { join } from 'node:path';
import { pino, stdTimeFunctions, type Logger } from 'pino';
import { goesToJournal, journalLine } from './journal-level.ts';
import { plainLine } from './plain-line.ts';
import { redact } from './redact.ts';

export interface LoggerOptions {
  readonly program: string;
  /** Messages of level DEBUG too. */
  readonly debug?: boolean;
  /** Relative to `logDir`. Without both, the log goes to standard error. */
  readonly logFile?: string | null;
  readonly logDir?: string | null;
  /** Lines for people instead of JSON. Default: where standard error is a terminal, and in files. */
  readonly pretty?: boolean;
}

/** The program's log. Writing is synchronous, so that a killed program's last lines are there. */
export function createLogger(options: LoggerOptions): Logger {
  return openLog(options).log;
}

/** As createLogger. `reopen` starts the file anew where it has been moved away. */
export function openLog(options: LoggerOptions): { readonly log: Logger; readonly reopen: () => void } {
  const path = logPath(options);
  const pretty = options.pretty ?? (path !== undefined || process.stderr.isTTY === true);
  const line = pretty ? plainLine : path === undefined && goesToJournal(2) ? journalLine : (json: string) => json;
  const destination = pino.destination({ dest: path ?? 2, sync: true, append: true, mkdir: true });
  const log = pino(
    {
      name: options.program,
      level: options.debug === true ? 'debug' : 'info',
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      hooks: { streamWrite: (json) => line(redact(json)) },
    },
    destination,
  );
  return {
    log,
    reopen: () => {
      if (path !== undefined) destination.reopen();
    },
  };
}

function logPath({ program, logFile, logDir }: LoggerOptions): string | undefined {
  if (logFile) return join(logFile.startsWith('/') ? '/' : (logDir ?? ''), logFile);
  return logDir ? join(logDir, `${program}.log`) : undefined;
}
