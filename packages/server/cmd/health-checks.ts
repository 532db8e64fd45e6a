import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { HealthCheck, HealthResult, HealthSettings } from '../api/healthcheck-routes.ts';
import type { ServerConfig } from '../conf/sections.ts';
import type { Db } from '../db/types.ts';

const DATABASE_TIMEOUT_MS = 2000;

/** What [healthcheck] asks for. Throws Error naming an option that cannot work. */
export function healthSettings({ healthcheck, DEFAULT }: ServerConfig, db: Db): HealthSettings {
  const checks: Readonly<Record<(typeof healthcheck.backends)[number], () => HealthCheck>> = {
    disable_by_file: () => byFile(healthcheck.disable_by_file_path ?? undefined, "No 'disable_by_file_path' configuration value specified"),
    disable_by_files_ports: () => byFile(fileOfPort(healthcheck.disable_by_file_paths, DEFAULT.bind_port), `No path for port ${DEFAULT.bind_port}`),
    database: () => () => databaseAnswers(db),
  };
  return { checks: healthcheck.backends.map((backend) => checks[backend]()), isDetailed: healthcheck.detailed };
}

function byFile(path: string | undefined, without: string): HealthCheck {
  return async () => {
    if (path === undefined) return { available: true, reason: 'OK', details: without };
    return existsSync(path)
      ? { available: false, reason: 'DISABLED BY FILE', details: `Path '${path}' was found` }
      : { available: true, reason: 'OK', details: `Path '${path}' was not found` };
  };
}

function fileOfPort(pairs: readonly string[], port: number): string | undefined {
  const paths = new Map(
    pairs.map((pair) => {
      const [, number, path] = /^(\d+):(.+)$/.exec(pair) ?? [];
      if (path === undefined) throw new Error(`[healthcheck] disable_by_file_paths: "${pair}" is not of the form port:path`);
      return [Number(number), path] as const;
    }),
  );
  return paths.get(port);
}

async function databaseAnswers(db: Db): Promise<HealthResult> {
  const silence = new AbortController();
  const away = (details: string): HealthResult => ({ available: false, reason: 'DATABASE AWAY', details });
  const late = sleep(DATABASE_TIMEOUT_MS, away(`No answer in ${DATABASE_TIMEOUT_MS / 1000} seconds`), { signal: silence.signal });
  try {
    return await Promise.race([late, sql`select 1`.execute(db).then((): HealthResult => ({ available: true, reason: 'OK', details: 'The database answers' }))]);
  } catch (error) {
    return away(error instanceof Error ? error.message : String(error));
  } finally {
    late.catch(() => undefined);
    silence.abort();
  }
}
