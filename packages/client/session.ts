import { isJsonObject, type JsonObject } from '@neutrino/lib/json';

/** How to log in, in the terms of clouds.yaml's `auth` section. */
export interface Credentials {
  readonly authUrl: string;
  readonly username: string;
  readonly password: string;
  /** A token to log in with, instead of user and password. */
  readonly token?: string;
  /** An application credential instead: its project is the one that it was made for. */
  readonly applicationCredential?: { readonly id?: string; readonly name?: string; readonly secret: string };
  readonly projectName: string;
  readonly userDomainName: string;
  readonly projectDomainName: string;
  /** Ids stand above the names. */
  readonly userId?: string;
  readonly projectId?: string;
  readonly userDomainId?: string;
  readonly projectDomainId?: string;
  readonly regionName?: string;
  /** public, internal or admin; several: the first that there is. Default: public. */
  readonly interface?: string | readonly string[];
  /** The network API, whatever the catalogue says. */
  readonly networkUrl?: string;
}

/** The service answered with an error, or not at all (status 0). `type` is NeutronError's, where it was one. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  readonly status: number;
  readonly type: string;
  /** Under which the server logged it; empty where it did not say. */
  readonly requestId: string;

  constructor(status: number, type: string, message: string, requestId: string = '') {
    super(message);
    this.status = status;
    this.type = type;
    this.requestId = requestId;
  }
}

export interface Session {
  readonly projectId: string;
  readonly userId: string;
  readonly networkUrl: string;
  /** One call of the network API, e.g. `request('POST', '/v2.0/networks', {network: {}})`. Empty answers give {}. */
  request(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
}

/** One request and what came of it, for `--debug`. Bodies are as they were: whoever shows them hides what is secret. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject | undefined;
  /** 0: there was no answer. */
  readonly status: number;
  readonly answer: JsonObject;
  readonly milliseconds: number;
}

export type Observer = (exchange: Exchange) => void;

interface Token {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
}

const TIMEOUT_MS = 60_000;
const PUBLIC = ['public'] as const;

/** A session on a known endpoint with a token at hand, or with none where the server asks for none. */
export function sessionAt(networkUrl: string, token?: Token, observe?: Observer): Session {
  const base = networkUrl.replace(/\/+$/, '').replace(/\/v2\.0$/, '');
  return {
    projectId: token?.projectId ?? '',
    userId: token?.userId ?? '',
    networkUrl: base,
    async request(method, path, body) {
      const { json } = await send(`${base}${path}`, { method, headers: token === undefined ? {} : { 'X-Auth-Token': token.id }, body, observe });
      return json;
    },
  };
}

/** Logs in at Keystone and finds the network service in the catalogue. */
export async function openSession(credentials: Credentials, observe?: Observer): Promise<Session> {
  const authUrl = credentials.authUrl.replace(/\/+$/, '').replace(/\/v3$/, '');
  const { headers, json } = await send(`${authUrl}/v3/auth/tokens`, { method: 'POST', headers: {}, body: loginRequest(credentials), observe });
  const token = json['token'];
  const id = headers.get('x-subject-token');
  if (!isJsonObject(token) || id === null) throw new RequestFailed(0, '', `${authUrl} did not answer as Keystone does`);
  const project = isJsonObject(token['project']) ? String(token['project']['id']) : '';
  const user = isJsonObject(token['user']) ? String(token['user']['id']) : '';
  return sessionAt(credentials.networkUrl ?? networkEndpoint(token, credentials), { id, projectId: project, userId: user }, observe);
}

function loginRequest(credentials: Credentials): JsonObject {
  const { password, userId, projectId, token, applicationCredential } = credentials;
  const domain = (id: string | undefined, name: string): JsonObject => (id === undefined ? { name } : { id });
  const user = userId === undefined ? { name: credentials.username, domain: domain(credentials.userDomainId, credentials.userDomainName) } : { id: userId };
  const project = projectId === undefined ? { name: credentials.projectName, domain: domain(credentials.projectDomainId, credentials.projectDomainName) } : { id: projectId };
  if (applicationCredential !== undefined) {
    const { id, name, secret } = applicationCredential;
    const which: JsonObject = id === undefined ? { name: name ?? '', user } : { id };
    return { auth: { identity: { methods: ['application_credential'], application_credential: { ...which, secret } } } };
  }
  if (token !== undefined) return { auth: { identity: { methods: ['token'], token: { id: token } }, scope: { project } } };
  return { auth: { identity: { methods: ['password'], password: { user: { ...user, password } } }, scope: { project } } };
}

function networkEndpoint(token: JsonObject, { interface: asked = PUBLIC, regionName }: Credentials): string {
  const catalog = Array.isArray(token['catalog']) ? token['catalog'].filter(isJsonObject) : [];
  const endpoints = catalog
    .filter((service) => service['type'] === 'network')
    .flatMap((service) => (Array.isArray(service['endpoints']) ? service['endpoints'].filter(isJsonObject) : []))
    .filter((endpoint) => regionName === undefined || endpoint['region'] === regionName || endpoint['region_id'] === regionName);
  const wanted = typeof asked === 'string' ? [asked] : asked;
  const found = wanted.map((one) => endpoints.find((endpoint) => endpoint['interface'] === one)).find((endpoint) => endpoint !== undefined);
  if (found !== undefined) return String(found['url']);
  const region = regionName === undefined ? '' : ` in region ${regionName}`;
  throw new RequestFailed(0, 'EndpointNotFound', `the catalogue has no ${wanted.join(' or ')} endpoint of type network${region}`);
}

interface Sending {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: JsonObject | undefined;
  readonly observe: Observer | undefined;
}

async function send(url: string, { method, headers, body, observe }: Sending): Promise<{ readonly headers: Headers; readonly json: JsonObject }> {
  const started = performance.now();
  const sent = { Accept: 'application/json', 'Content-Type': 'application/json', ...headers };
  const tell = (status: number, answer: JsonObject): void => observe?.({ method, url, headers: sent, body, status, answer, milliseconds: Math.round(performance.now() - started) });
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      headers: sent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    text = await response.text();
  } catch (error) {
    tell(0, {});
    throw new RequestFailed(0, 'ConnectFailure', `no answer from ${url}: ${reasonOf(error)}`);
  }
  const json = parse(text);
  tell(response.status, json);
  if (!response.ok) {
    const fault = isJsonObject(json['NeutronError']) ? json['NeutronError'] : isJsonObject(json['error']) ? json['error'] : json;
    throw new RequestFailed(response.status, String(fault['type'] ?? fault['title'] ?? ''), String(fault['message'] ?? (text || response.statusText)), response.headers.get('x-openstack-request-id') ?? '');
  }
  return { headers: response.headers, json };
}

/** fetch says "fetch failed"; what failed stands in the cause, which for several addresses is several errors. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
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
