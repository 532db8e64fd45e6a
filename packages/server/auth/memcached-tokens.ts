import { isIP } from 'node:net';
import type { JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import { Client, Server } from 'memjs';
import type { Logger } from 'pino';
import { createSeal, type SecurityStrategy } from './seal.ts';
import type { Believed } from './token-cache.ts';

export interface MemcachedSettings {
  /** host:port, host, [address]:port or inet6:[address]:port. */
  readonly servers: readonly string[];
  readonly strategy: SecurityStrategy;
  readonly secret: string;
  /** How long an answer may take, seconds. */
  readonly timeoutSeconds: number;
  /** How long a server that failed is left alone, seconds. */
  readonly deadRetrySeconds: number;
}

/** What tokens proved to be, shared by the servers of an installation. It may lose everything at any time. */
export interface SharedTokens extends Disposable {
  /** Never rejects: what cannot be read is not there. */
  get(token: string): Promise<Believed<JsonObject> | undefined>;
  /** Nobody waits for it. */
  put(token: string, answer: Believed<JsonObject>): void;
}

const DEFAULT_PORT = 11211;

/** Throws Error naming a server that is none. */
export function openMemcachedTokens({ servers, strategy, secret, timeoutSeconds, deadRetrySeconds }: MemcachedSettings, log: Logger): SharedTokens {
  const options = { timeout: timeoutSeconds, conntimeout: timeoutSeconds, retries: 0, failover: true, failoverTime: deadRetrySeconds, keepAlive: true, logger: { log: () => undefined } };
  const client = new Client(servers.map(serverAddress).map(({ host, port }) => new Server(host, port, undefined, undefined, options)), options);
  let awayUntil = 0;
  const failed = (error: unknown): void => {
    if (Date.now() >= awayUntil) log.warn({ reason: error instanceof Error ? error.message : String(error), seconds: deadRetrySeconds }, 'memcached does not answer; tokens are validated without it for a while');
    awayUntil = Date.now() + deadRetrySeconds * 1000;
  };

  return {
    async get(token) {
      if (Date.now() < awayUntil) return undefined;
      const { name, open } = createSeal(strategy, secret, token);
      try {
        const { value } = await client.get(name);
        const plain = value === null ? undefined : open(value);
        return plain === undefined ? undefined : believed(plain);
      } catch (error) {
        failed(error);
        return undefined;
      }
    },
    put(token, answer) {
      const seconds = Math.ceil((answer.until - Date.now()) / 1000);
      if (Date.now() < awayUntil || seconds < 1) return;
      const { name, seal } = createSeal(strategy, secret, token);
      client.set(name, seal(Buffer.from(JSON.stringify(answer))), { expires: seconds }).catch(failed);
    },
    [Symbol.dispose]: () => client.close(),
  };
}

function believed(plain: Buffer): Believed<JsonObject> | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(plain.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isJsonObject(answer)) return undefined;
  const { value, until } = answer;
  return isJsonObject(value) && typeof until === 'number' ? { value, until } : undefined;
}

function serverAddress(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:inet6?:)?(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(text);
  const [, v6, name, port] = match ?? [];
  const host = v6 ?? name;
  if (host === undefined || (v6 !== undefined && isIP(v6) !== 6)) throw new Error(`[keystone_authtoken] memcached_servers: "${text}" is not of the form host:port`);
  return { host, port: port === undefined ? DEFAULT_PORT : Number(port) };
}
