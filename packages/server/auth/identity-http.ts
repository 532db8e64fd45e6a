import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Json, JsonObject } from '@neutrino/lib/json';

export interface IdentityReply {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** The parsed body; undefined where there is none or it is not JSON. */
  readonly body: Json | undefined;
}

export interface IdentityRequest {
  readonly method: 'GET' | 'POST';
  /** Below the base, e.g. "/v3/auth/tokens". */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
}

/** Speaks JSON to one identity service over kept-alive connections. */
export interface IdentityHttp extends Disposable {
  /** Rejects where no whole reply arrives in time. */
  request(request: IdentityRequest): Promise<IdentityReply>;
}

const TIMEOUT_MS = 10_000;
const MAX_REPLY_BYTES = 4 * 1024 * 1024;

export interface IdentityHttpOptions {
  /** Accepts any certificate. */
  readonly insecure?: boolean;
  /** File of PEM certificates to trust instead of the system's. */
  readonly cafile?: string;
}

/** `base`: see identityBaseUrl. Throws where `cafile` cannot be read. */
export function openIdentityHttp(base: string, options: IdentityHttpOptions = {}): IdentityHttp {
  const secure = base.startsWith('https:');
  const agent = secure
    ? new https.Agent({ keepAlive: true, rejectUnauthorized: options.insecure !== true, ...(options.cafile !== undefined && { ca: readFileSync(options.cafile) }) })
    : new http.Agent({ keepAlive: true });

  const once = ({ method, path, headers = {}, body }: IdentityRequest): Promise<IdentityReply> =>
    new Promise((resolve, reject) => {
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const request = (secure ? https : http).request(`${base}${path}`, {
        method,
        agent,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: { Accept: 'application/json', ...headers, ...(payload !== undefined && { 'Content-Type': 'application/json', 'Content-Length': payload.length }) },
      });
      const fail = (error: Error): void => reject(request.reusedSocket ? new StaleConnectionError(error) : error);
      request.on('error', fail);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > MAX_REPLY_BYTES) request.destroy(new Error('the reply of the identity service is too long'));
        });
        response.on('error', fail);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parse(Buffer.concat(chunks)) }));
      });
      request.end(payload);
    });

  return {
    async request(request) {
      try {
        return await once(request);
      } catch (error) {
        // The other side may close an idle connection just as it is used again; every request here can be repeated.
        if (error instanceof StaleConnectionError) return once(request);
        throw error;
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

class StaleConnectionError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'StaleConnectionError';
  }
}

function parse(body: Buffer): Json | undefined {
  try {
    return JSON.parse(body.toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}
