import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { Logger } from 'pino';
import { namespaceInode } from '../linux/netns.ts';
import { listenInNamespace, type SocketAddress } from '../privileged/namespace-socket.ts';
import { endFormerProxy, type FormerProxies } from './former-proxy.ts';
import { answerText, endToEndHeaders, ForwardFailed, forwardRequest, requestPath } from './forward-request.ts';

const FORWARD_TIMEOUT_MS = 65_000;
const MAX_CONNECTIONS = 1024;

/** Where metadata requests of one network, or of those behind one router, arrive. */
export interface ProxyPlace {
  readonly serves: 'network' | 'router';
  /** Of the network or the router. */
  readonly id: string;
  readonly namespace: string;
  readonly addresses: readonly SocketAddress[];
}

/**
 * The proxies of this host: each listens inside its network's or router's namespace, says which network or router a
 * request came through, and passes it to the metadata agent's unix socket.
 */
export interface NamespaceProxies extends AsyncDisposable {
  /** Makes the proxy listen there, and only there. Returns whether something had to be done. */
  ensure(place: ProxyPlace): Promise<boolean>;
  remove(id: string): Promise<void>;
}

type Origin = Pick<ProxyPlace, 'serves' | 'id'>;

interface RunningProxy {
  readonly key: string;
  readonly servers: readonly Server[];
}

export interface NamespaceProxiesOptions {
  readonly socketPath: string;
  readonly former: FormerProxies;
  readonly log: Logger;
}

export function createNamespaceProxies(options: NamespaceProxiesOptions): NamespaceProxies {
  const running = new Map<string, RunningProxy>();
  const close = async (id: string): Promise<void> => {
    const proxy = running.get(id);
    running.delete(id);
    await Promise.all((proxy?.servers ?? []).map(closeServer));
  };
  return {
    async ensure(place) {
      // A namespace that was deleted and made again has the same name; the sockets are in the old one.
      const key = JSON.stringify([String(namespaceInode(place.namespace)), place.addresses]);
      if (running.get(place.id)?.key === key) return false;
      await close(place.id);
      if (await endFormerProxy(options.former, place.id)) options.log.info({ [place.serves]: place.id }, "Neutron's metadata proxy was ended; this agent is in its place");
      const servers: Server[] = [];
      running.set(place.id, { key, servers });
      try {
        for (const address of place.addresses) {
          servers.push(await serve(place.namespace, address, proxyListener(place, options)));
        }
      } catch (error) {
        await close(place.id);
        throw error;
      }
      return true;
    },
    async remove(id) {
      await close(id);
      await endFormerProxy(options.former, id);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.keys()].map(close));
    },
  };
}

async function serve(namespace: string, address: SocketAddress, listener: RequestListener): Promise<Server> {
  const server = createServer({ maxHeaderSize: 16_384, headersTimeout: 30_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 }, listener);
  server.maxConnections = MAX_CONNECTIONS;
  server.listen({ fd: listenInNamespace(namespace, address) });
  await once(server, 'listening');
  return server;
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

function proxyListener(origin: Origin, options: { readonly socketPath: string; readonly log: Logger }): RequestListener {
  return (request, response) => {
    forward(request, response, origin, options.socketPath).catch((error: unknown) => {
      const failed = error instanceof ForwardFailed ? error : undefined;
      options.log.warn({ err: error, [origin.serves]: origin.id }, 'a metadata request could not be passed to the metadata agent');
      answerText(response, failed?.status ?? 502, failed?.message ?? 'the metadata service is not available');
    });
  };
}

async function forward(request: IncomingMessage, response: ServerResponse, origin: Origin, socketPath: string): Promise<void> {
  const path = requestPath(request);
  if (path === undefined) return answerText(response, 400, 'the request target is no path');
  await forwardRequest(request, response, {
    protocol: 'http',
    options: { socketPath },
    path,
    headers: proxiedHeaders(request, origin),
    timeoutMs: FORWARD_TIMEOUT_MS,
  });
}

/** What the instance says about who it is does not count: the socket it came in by does. */
function proxiedHeaders(request: IncomingMessage, { serves, id }: Origin): OutgoingHttpHeaders {
  const own = Object.entries(endToEndHeaders(request)).filter(([name]) => !isIdentity(name));
  return {
    ...Object.fromEntries(own),
    'x-forwarded-for': clientAddress(request),
    [`x-neutron-${serves}-id`]: id,
  };
}

function isIdentity(header: string): boolean {
  // A WSGI server reads X_Neutron_… as X-Neutron-….
  const name = header.toLowerCase().replaceAll('_', '-');
  return name.startsWith('x-neutron-') || name.startsWith('x-instance-') || name === 'x-tenant-id' || name === 'x-forwarded-for' || name === 'forwarded';
}

function clientAddress(request: IncomingMessage): string {
  const [address = ''] = (request.socket.remoteAddress ?? '').split('%', 1);
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
