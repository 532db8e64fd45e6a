import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest, type RequestOptions, type ServerResponse } from 'node:http';
import { request as httpsRequest, type RequestOptions as SecureRequestOptions } from 'node:https';
import { pipeline } from 'node:stream/promises';

/** Instances send little: a password, a phone-home. */
const MAX_BODY_BYTES = 1024 * 1024;
/** Headers that belong to one connection (RFC 9110, section 7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade',
]);

export interface ForwardTarget {
  readonly protocol: 'http' | 'https';
  /** Address or unix socket, certificates. Method, path and headers come from the request. */
  readonly options: RequestOptions & SecureRequestOptions;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Milliseconds without a byte until the request fails. */
  readonly timeoutMs: number;
}

/** Why no answer could be passed on. */
export class ForwardFailed extends Error {
  override readonly name = 'ForwardFailed';
  readonly status: 413 | 502 | 503 | 504;

  constructor(status: 413 | 502 | 503 | 504, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** Streams the request to the target and its answer back. Rejects with ForwardFailed while nothing has been answered yet. */
export async function forwardRequest(request: IncomingMessage, response: ServerResponse, target: ForwardTarget): Promise<void> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const send = target.protocol === 'https' ? httpsRequest : httpRequest;
  const outgoing = send({ ...target.options, method: request.method, path: target.path, headers: target.headers, agent: false, timeout: target.timeoutMs });
  // The instance went away: nobody waits for the answer.
  const abandon = (): void => void outgoing.destroy();
  response.once('close', abandon);
  try {
    const answer = await exchange(request, outgoing);
    response.writeHead(answer.statusCode ?? 502, endToEndHeaders(answer));
    await pipeline(answer, response);
  } finally {
    response.off('close', abandon);
  }
}

/** The path and query that a request asks for; also of the absolute form that proxies get. undefined where it is neither. */
export function requestPath(request: IncomingMessage): string | undefined {
  const url = request.url ?? '/';
  if (url.startsWith('/')) return url;
  const absolute = URL.parse(url);
  return absolute === null ? undefined : absolute.pathname + absolute.search;
}

/** The headers of a message that are meant for its final reader. */
export function endToEndHeaders(message: IncomingMessage): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(message.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

export function answerText(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/plain; charset=UTF-8', connection: 'close' });
  response.end(`${text}\n`);
}

function exchange(request: IncomingMessage, outgoing: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    let received = 0;
    request.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received <= MAX_BODY_BYTES) return;
      reject(tooLarge());
      outgoing.destroy();
    });
    outgoing.once('response', resolve);
    outgoing.once('timeout', () => {
      reject(new ForwardFailed(504, 'the metadata service does not answer'));
      outgoing.destroy();
    });
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      const status = error.code === 'ECONNRESET' || error.code?.startsWith('HPE_') ? 502 : 503;
      reject(new ForwardFailed(status, 'the metadata service is not available', error));
    });
    request.pipe(outgoing);
  });
}

function tooLarge(): ForwardFailed {
  return new ForwardFailed(413, 'the request body is too large');
}
