import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Json, JsonObject } from '@neutrino/lib/json';

export interface JsonReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The parsed body; undefined where there is none or it is not JSON. */
  readonly body: Json | undefined;
}

export interface JsonRequest {
  readonly method: 'GET' | 'POST';
  /** Below the base, e.g. "/v3/auth/tokens". */
  readonly path: string;
  /** Another base than that which the service was opened with. */
  readonly base?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

export interface HttpConnection {
  /** Accepts any certificate. */
  readonly insecure?: boolean;
  /** File of PEM certificates to trust instead of the system's. */
  readonly cafile?: string;
  /** Files of a certificate of this server's own and of its key. */
  readonly certfile?: string;
  readonly keyfile?: string;
  /** How long a whole reply may take. Default 10. */
  readonly timeoutSeconds?: number;
  /** How often a connection that could not be made is tried again. Default 3. */
  readonly retries?: number;
}

/** Speaks JSON to another service, the identity service above all, over kept-alive connections. Requests must be such that may be repeated. */
export interface JsonHttp extends Disposable {
  /** Rejects where no whole reply arrives in time. */
  request(request: JsonRequest): Promise<JsonReply>;
}

const TIMEOUT_SECONDS = 10;
const RETRIES = 3;
const FIRST_PAUSE_MS = 100;
const MAX_REPLY_BYTES = 4 * 1024 * 1024;
/** A service has a few workers; more requests than that only wait there rather than here. */
const MOST_CONNECTIONS = 32;

/** `base`: see identityBaseUrl. Throws where a file of the connection cannot be read. */
export function openJsonHttp(base: string, { insecure, cafile, certfile, keyfile, timeoutSeconds = TIMEOUT_SECONDS, retries = RETRIES }: HttpConnection = {}): JsonHttp {
  const pool = { keepAlive: true, maxSockets: MOST_CONNECTIONS };
  const file = (name: 'ca' | 'cert' | 'key', path: string | undefined): object => (path === undefined ? {} : { [name]: readFileSync(path) });
  const agents = {
    http: new http.Agent(pool),
    https: new https.Agent({ ...pool, rejectUnauthorized: insecure !== true, ...file('ca', cafile), ...file('cert', certfile), ...file('key', keyfile) }),
  };

  const once = (request: JsonRequest, signal: AbortSignal): Promise<JsonReply> =>
    new Promise((resolve, reject) => {
      const { method, path, headers = {}, body } = request;
      const url = `${request.base ?? base}${path}`;
      const secure = url.startsWith('https:');
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const sent = (secure ? https : http).request(url, {
        method,
        agent: secure ? agents.https : agents.http,
        signal,
        headers: { Accept: 'application/json', ...headers, ...(payload !== undefined && { 'Content-Type': 'application/json', 'Content-Length': payload.length }) },
      });
      const fail = (error: Error): void => reject(sent.reusedSocket ? new StaleConnectionError(error) : error);
      sent.on('error', fail);
      sent.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > MAX_REPLY_BYTES) sent.destroy(new Error('the reply is too long'));
        });
        response.on('error', fail);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parse(Buffer.concat(chunks)) }));
      });
      sent.end(payload);
    });

  return {
    async request(request) {
      const signal = AbortSignal.timeout(timeoutSeconds * 1000);
      for (let failures = 0; ; ) {
        try {
          return await once(request, signal);
        } catch (error) {
          if (signal.aborted) throw error;
          // The other side may close an idle connection just as it is used again; every request here can be repeated.
          if (error instanceof StaleConnectionError) continue;
          failures += 1;
          if (failures > retries || !isConnectFailure(error)) throw error;
          await sleep(FIRST_PAUSE_MS * 2 ** (failures - 1), undefined, { signal });
        }
      }
    },
    [Symbol.dispose]: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

class StaleConnectionError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'StaleConnectionError';
  }
}

function isConnectFailure(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'].includes(String(error.code));
}

function parse(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}
