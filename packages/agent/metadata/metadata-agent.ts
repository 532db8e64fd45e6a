import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { parseIp } from '@neutrino/lib/net/ip';
import type { AgentState } from '@neutrino/lib/rpc/payloads';
import type { AgentEnvironment, AgentHandle } from '../rpc/agent-handle.ts';
import { startStateReports } from '../rpc/state-report.ts';
import { createInstanceFinder, type Instance, type InstanceFinder, type RequestOrigin } from './find-instance.ts';
import { answerText, ForwardFailed, forwardRequest, type ForwardTarget, requestPath } from './forward-request.ts';
import type { MetadataSettings } from './metadata-settings.ts';

const NOVA_TIMEOUT_MS = 60_000;
/** What Nova may want to know of the instance's own headers. */
const PASSED_HEADERS = ['accept', 'content-type', 'content-length', 'user-agent'] as const;

/** Starts the metadata agent; resolves when its socket takes requests. */
export async function startMetadataAgent(environment: AgentEnvironment, settings: MetadataSettings): Promise<AgentHandle> {
  const { log } = environment;
  if (settings.sharedSecret === '') log.warn('metadata_proxy_shared_secret is empty: Nova cannot tell this agent from an impostor');
  const service: MetadataService = { settings, find: createInstanceFinder(environment.transport), nova: novaTarget(settings) };
  const server = createServer({ maxHeaderSize: 32_768, requestTimeout: 60_000 }, (request, response) => {
    answer(request, response, service).catch((error: unknown) => {
      if (error instanceof ForwardFailed) {
        log.warn({ err: error }, 'Nova did not answer a metadata request');
        answerText(response, error.status, 'The remote metadata server is temporarily unavailable. Please try again later.');
      } else {
        log.error({ err: error }, 'a metadata request failed');
        answerText(response, 500, 'An unknown error has occurred. Please try your request again.');
      }
    });
  });
  await listenOnSocket(server, settings);
  const reports = startStateReports(environment, () => metadataAgentState(environment.host, settings));
  return {
    inSync: Promise.resolve(),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await Promise.all([closed, reports[Symbol.asyncDispose]()]);
    },
  };
}

interface MetadataService {
  readonly settings: MetadataSettings;
  readonly find: InstanceFinder;
  readonly nova: Pick<ForwardTarget, 'protocol' | 'options'>;
}

async function answer(request: IncomingMessage, response: ServerResponse, service: MetadataService): Promise<void> {
  const origin = requestOrigin(request);
  const path = requestPath(request);
  if (typeof origin === 'string' || path === undefined) {
    return answerText(response, 400, typeof origin === 'string' ? origin : 'the request target is no path');
  }
  const instance = await service.find(origin);
  if (instance === undefined) return answerText(response, 404, 'no instance has this address');
  await forwardRequest(request, response, {
    ...service.nova,
    path,
    headers: novaHeaders(request, origin, instance, service.settings),
    timeoutMs: NOVA_TIMEOUT_MS,
  });
}

/** Where the proxy says the request came from, or what is wrong with what it says. */
function requestOrigin(request: IncomingMessage): RequestOrigin | string {
  const address = header(request, 'x-forwarded-for');
  const networkId = header(request, 'x-neutron-network-id');
  const routerId = header(request, 'x-neutron-router-id');
  if (address === undefined || parseIp(address) === undefined) return 'X-Forwarded-For must be the address of the instance';
  if (networkId !== undefined && routerId !== undefined) return 'X-Neutron-Network-ID and X-Neutron-Router-ID exclude each other';
  if (networkId !== undefined) return { address, networkId };
  if (routerId !== undefined) return { address, routerId };
  return 'X-Neutron-Network-ID or X-Neutron-Router-ID is needed';
}

function novaHeaders(request: IncomingMessage, origin: RequestOrigin, instance: Instance, settings: MetadataSettings): OutgoingHttpHeaders {
  const passed = PASSED_HEADERS.flatMap((name) => (request.headers[name] === undefined ? [] : [[name, request.headers[name]] as const]));
  return {
    ...Object.fromEntries(passed),
    host: `${bracketed(settings.nova.host)}:${settings.nova.port}`,
    'X-Forwarded-For': origin.address,
    'X-Instance-ID': instance.id,
    'X-Tenant-ID': instance.projectId,
    'X-Instance-ID-Signature': signInstanceId(settings.sharedSecret, instance.id),
  };
}

/** The proof for Nova that the instance's id comes from someone who knows the shared secret. */
function signInstanceId(secret: string, instanceId: string): string {
  return createHmac('sha256', secret).update(instanceId).digest('hex');
}

function novaTarget({ nova }: MetadataSettings): MetadataService['nova'] {
  const base = { host: nova.host, port: nova.port };
  if (nova.protocol === 'http') return { protocol: 'http', options: base };
  const pem = (path: string | null, name: string): object => (path === null ? {} : { [name]: readFileSync(path) });
  const certificates = { ...pem(nova.caCertificate, 'ca'), ...pem(nova.clientCertificate, 'cert'), ...pem(nova.clientKey, 'key') };
  return { protocol: 'https', options: { ...base, ...certificates, rejectUnauthorized: !nova.insecure } };
}

async function listenOnSocket(server: Server, settings: MetadataSettings): Promise<void> {
  const path = settings.metadataProxySocket;
  mkdirSync(dirname(path), { recursive: true });
  if (await isAnswering(path)) throw new Error(`another process answers on ${path}`);
  rmSync(path, { force: true });
  server.listen({ path, backlog: settings.backlog });
  await once(server, 'listening');
  chmodSync(path, settings.socketMode);
}

/** A socket file that a killed process left behind refuses connections. */
async function isAnswering(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function metadataAgentState(host: string, settings: MetadataSettings): AgentState {
  return {
    binary: 'neutron-metadata-agent',
    host,
    topic: 'N/A',
    agent_type: 'Metadata agent',
    configurations: {
      metadata_proxy_socket: settings.metadataProxySocket,
      nova_metadata_host: settings.nova.host,
      nova_metadata_port: settings.nova.port,
      log_agent_heartbeats: settings.logAgentHeartbeats,
    },
  };
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
