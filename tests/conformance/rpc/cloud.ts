import type { JsonObject } from '@neutrino/lib/json';
import type { Transport } from '@neutrino/lib/rpc/messaging';

/** A network server without identity service, and the bus on which its agents talk: ours or Neutron's. */
export interface Cloud extends AsyncDisposable {
  readonly transport: Transport;
  /** The body of the answer, which has to be a success; as an administrator. */
  readonly api: (method: string, path: string, body?: JsonObject) => Promise<JsonObject>;
  /** Milliseconds of silence after which everything has been said. */
  readonly silenceMs: number;
}

export async function apiRequest(url: string, method: string, path: string, body?: JsonObject): Promise<JsonObject> {
  const response = await fetch(`${url}${path}`, { method, ...(body && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} gave ${response.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as JsonObject);
}
