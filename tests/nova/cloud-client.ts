import { isJsonObject, type JsonObject } from '@neutrino/lib/json';

export interface CloudUser {
  readonly user: string;
  readonly password: string;
  readonly project: string;
}

/** Asks the services of a cloud as one of its users. */
export interface CloudClient {
  readonly projectId: string;
  /** Throws unless it succeeds; an empty answer gives {}. */
  request(service: string, method: string, path: string, body?: JsonObject | Uint8Array, headers?: Readonly<Record<string, string>>): Promise<JsonObject>;
}

/** `keystone`: with its version. `services`: where each is. */
export async function cloudClient(keystone: string, { user, password, project }: CloudUser, services: Readonly<Record<string, string>>): Promise<CloudClient> {
  const domain = { name: 'Default' };
  const login = await fetch(`${keystone}/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ auth: { identity: { methods: ['password'], password: { user: { name: user, domain, password } } }, scope: { project: { name: project, domain } } } }),
  });
  const { token } = (await login.json()) as { token: { project: { id: string } } };
  const tokenHeader = { 'X-Auth-Token': login.headers.get('x-subject-token') ?? '' };
  return {
    projectId: token.project.id,
    async request(service, method, path, body, headers = {}) {
      const isData = body instanceof Uint8Array;
      const answer = await fetch(`${services[service] ?? ''}${path}`, {
        method,
        headers: { ...tokenHeader, ...(body !== undefined && { 'Content-Type': isData ? 'application/octet-stream' : 'application/json' }), ...headers },
        ...(body !== undefined && { body: isData ? Buffer.from(body) : JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${service} ${path}: ${answer.status} ${text.slice(0, 1000)}`);
      const parsed: unknown = text === '' ? {} : JSON.parse(text);
      return isJsonObject(parsed) ? parsed : {};
    },
  };
}
