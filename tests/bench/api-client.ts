import { Agent, request } from 'node:http';
import { CLOUD, DEMO_CLOUD, readCloud } from '@neutrino/allinone/cloud-files';
import { readService } from '@neutrino/allinone/running-service';
import type { StateDirectory } from '@neutrino/allinone/state-directory';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';

/** One caller with kept connections. It parses answers only when asked, since it shares the processor with the server. */
export interface ApiClient extends Disposable {
  /** Throws where the status is 400 or more. */
  send(method: string, path: string, body?: JsonObject): Promise<Buffer>;
  json(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
}

/** `headers`: who calls. */
export function apiClient(baseUrl: string, headers: Readonly<Record<string, string>>): ApiClient {
  const agent = new Agent({ keepAlive: true });
  const send = (method: string, path: string, body?: JsonObject): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const sent = request(
        `${baseUrl}${path}`,
        { agent, method, headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const whole = Buffer.concat(chunks);
            if ((answer.statusCode ?? 500) < 400) resolve(whole);
            else reject(new Error(`${method} ${path}: ${answer.statusCode} ${whole.toString().slice(0, 300)}`));
          });
        },
      );
      sent.on('error', reject);
      sent.end(text);
    });
  return {
    send,
    async json(method, path, body) {
      const value: unknown = JSON.parse((await send(method, path, body)).toString());
      if (!isJsonObject(value)) throw new Error(`${method} ${path}: the answer is no object`);
      return value;
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** Logs in at the service's identity API. */
export async function clientOf(state: StateDirectory, who: 'admin' | 'user'): Promise<ApiClient> {
  const { authUrl, username, password, projectName, userDomainName, projectDomainName } = readCloud(state, who === 'admin' ? CLOUD : DEMO_CLOUD);
  const answer = await fetch(`${authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      auth: {
        identity: { methods: ['password'], password: { user: { name: username, password, domain: { name: userDomainName } } } },
        scope: { project: { name: projectName, domain: { name: projectDomainName } } },
      },
    }),
  });
  const token = answer.headers.get('x-subject-token');
  if (token === null) throw new Error(`no token for ${username}: ${answer.status}`);
  return apiClient(networkUrl(state), { 'x-auth-token': token });
}

export function networkUrl(state: StateDirectory): string {
  const service = readService(state);
  if (service === undefined) throw new Error(`no service runs on ${state.path}`);
  return service.networkUrl;
}

/** The id in an answer like {"network": {"id": …}}. */
async function created(client: ApiClient, path: string, body: JsonObject): Promise<string> {
  const [object] = Object.values(await client.json('POST', path, body));
  return isJsonObject(object) ? String(object['id']) : '';
}

/** A network with an IPv4 subnet of 65,000 addresses; its id. */
export async function largeNetwork(client: ApiClient): Promise<string> {
  const network = await created(client, '/v2.0/networks', { network: { name: 'bench' } });
  await created(client, '/v2.0/subnets', { subnet: { network_id: network, ip_version: 4, cidr: '10.0.0.0/16' } });
  return network;
}
