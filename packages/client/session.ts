import { isJsonObject, type JsonObject } from '@neutrino/lib/json';

/** How to log in, in the terms of clouds.yaml's `auth` section. */
export interface Credentials {
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  readonly projectName: string;
  readonly userDomainName: string;
  readonly projectDomainName: string;
  readonly regionName?: string;
  readonly interface?: string;
}

/** The service answered with an error, or not at all (status 0). `type` is NeutronError's, where it was one. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

export interface Session {
  readonly projectId: string;
  readonly userId: string;
  readonly networkUrl: string;
  /** One call of the network API, e.g. `request('POST', '/v2.0/networks', {network: {}})`. Empty answers give {}. */
  request(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
}

const TIMEOUT_MS = 60_000;

/** A session on a known endpoint with a token at hand, or with none where the server asks for none. */
export function sessionAt(networkUrl: string, token?: { readonly id: string; readonly projectId: string; readonly userId: string }): Session {
  const base = networkUrl.replace(/\/+$/, '').replace(/\/v2\.0$/, '');
  return {
    projectId: token?.projectId ?? '',
    userId: token?.userId ?? '',
    networkUrl: base,
    async request(method, path, body) {
      const { json } = await send(`${base}${path}`, method, token === undefined ? {} : { 'X-Auth-Token': token.id }, body);
      return json;
    },
  };
}

/** Logs in at Keystone and finds the network service in the catalogue. */
export async function openSession(credentials: Credentials): Promise<Session> {
  const authUrl = credentials.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '');
  const { headers, json } = await send(`${authUrl}/v3/auth/tokens`, 'POST', {}, {
    auth: {
      identity: {
        methods: ['password'],
        password: {
          user: {
            name: credentials.username,
            password: credentials.password,
            domain: { name: credentials.userDomainName },
          },
        },
      },
      scope: { project: { name: credentials.projectName, domain: { name: credentials.projectDomainName } } },
    },
  });
  const token = json['token'];
  const id = headers.get('x-subject-token');
  if (!isJsonObject(token) || id === null) throw new RequestFailed(0, '', `${authUrl} did not answer as Keystone does`);
  const project = isJsonObject(token['project']) ? String(token['project']['id']) : '';
  const user = isJsonObject(token['user']) ? String(token['user']['id']) : '';
  return sessionAt(networkEndpoint(token, credentials), { id, projectId: project, userId: user });
}

function networkEndpoint(token: JsonObject, { interface: wanted = 'public', regionName }: Credentials): string {
  const catalog = Array.isArray(token['catalog']) ? token['catalog'] : [];
  for (const service of catalog) {
    if (!isJsonObject(service) || service['type'] !== 'network' || !Array.isArray(service['endpoints'])) continue;
    for (const endpoint of service['endpoints']) {
      if (!isJsonObject(endpoint) || endpoint['interface'] !== wanted) continue;
      if (regionName !== undefined && endpoint['region'] !== regionName && endpoint['region_id'] !== regionName) continue;
      return String(endpoint['url']);
    }
  }
  throw new RequestFailed(0, '', `the catalogue has no ${wanted} endpoint of type network`);
}

async function send(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body?: JsonObject,
): Promise<{ readonly headers: Headers; readonly json: JsonObject }> {
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', ...headers },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new RequestFailed(0, 'ConnectFailure', `no answer from ${url}: ${cause}`);
  }
  const text = await response.text();
  const json = parse(text);
  if (!response.ok) {
    const fault = isJsonObject(json['NeutronError']) ? json['NeutronError'] : isJsonObject(json['error']) ? json['error'] : json;
    throw new RequestFailed(response.status, String(fault['type'] ?? fault['title'] ?? ''), String(fault['message'] ?? (text || response.statusText)));
  }
  return { headers: response.headers, json };
}

function parse(text: string): JsonObject {
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
