import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestFailed, type Session } from '@neutrino/client/session';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { Logger } from 'pino';
import type { Host } from '../host/host.ts';
import type { StateDirectory } from '../state-directory.ts';
import { forgetInstance, instanceIn, listInstances, readLease, saveInstance, type InstanceRecord, type Lease } from './instance-record.ts';
import { bootInstance, endOrphanedClient, plugInstance, stopInstance } from './instance-namespace.ts';

/** How an instance is plugged: a port that exists, or a network on which one is made. */
export type Plug = { readonly portId: string } | { readonly networkId: string; readonly portAttributes?: JsonObject };

/** What acts for the user and what acts as Nova's service user does. */
export interface InstanceSessions {
  readonly user: Session;
  readonly admin: Session;
}

const RESTORED_AT_ONCE = 8;
const POLL_MS = 50;
/** As Nova's `vif_plugging_timeout`, shorter for one machine. */
const PLUG_TIMEOUT_MS = 60_000;

/**
 * Boots an instance as Nova boots one: the user's port, bound to the host by the service user, then the
 * device. A boot that fails takes away what it made.
 */
export async function createInstance(
  environment: { readonly state: StateDirectory; readonly host: Host; readonly hostName: string } & InstanceSessions,
  name: string,
  plug: Plug,
): Promise<InstanceRecord> {
  const { state, host, hostName, user, admin } = environment;
  const id = randomUUID();
  const ownsPort = !('portId' in plug);
  const portId = 'portId' in plug ? plug.portId : await makePort(user, id, name, plug);
  try {
    const { port } = (await admin.request('PUT', `/v2.0/ports/${portId}`, {
      port: { device_id: id, device_owner: 'compute:nova', 'binding:host_id': hostName },
    })) as { port: JsonObject };
    if (port['binding:vif_type'] !== 'bridge') {
      throw new Error(`port ${portId} could not be bound to ${hostName} (binding:vif_type is ${String(port['binding:vif_type'])})`);
    }
    const networkId = String(port['network_id']);
    const { network } = (await admin.request('GET', `/v2.0/networks/${networkId}`)) as { network: JsonObject };
    const record: InstanceRecord = {
      id, name, portId, networkId, ownsPort,
      projectId: String(port['project_id']),
      macAddress: String(port['mac_address']),
      mtu: Number(network['mtu'] ?? 1500),
      createdAt: new Date().toISOString(),
    };
    saveInstance(state, record);
    await plugInstance(host, record);
    await waitForActive(admin, portId, PLUG_TIMEOUT_MS);
    bootInstance(state, host, record);
    return record;
  } catch (error) {
    const record = instanceIn(state.instances, id);
    if (record === undefined) await releasePort(admin, portId, ownsPort);
    else await deleteInstance({ state, host, admin }, record);
    throw error;
  }
}

/** After a restart of the host: every instance on record is plugged and booted again. One that fails is in nobody's way. */
export async function restoreInstances(state: StateDirectory, host: Host, log: Logger): Promise<void> {
  const waiting = [...listInstances(state)];
  const restoreNext = async (): Promise<void> => {
    for (let record = waiting.shift(); record !== undefined; record = waiting.shift()) {
      try {
        if (await plugInstance(host, record)) await endOrphanedClient(state, record);
        bootInstance(state, host, record);
      } catch (error) {
        log.error({ err: error, instance: record.id, name: record.name }, 'an instance could not be restored');
      }
    }
  };
  await Promise.all(Array.from({ length: RESTORED_AT_ONCE }, restoreNext));
}

async function makePort(user: Session, instanceId: string, name: string, plug: { networkId: string; portAttributes?: JsonObject }): Promise<string> {
  const { port } = await user.request('POST', '/v2.0/ports', {
    port: { ...plug.portAttributes, network_id: plug.networkId, device_id: instanceId, name },
  });
  return isJsonObject(port) ? String(port['id']) : '';
}

export async function deleteInstance(
  environment: { readonly state: StateDirectory; readonly host: Host; readonly admin: Session },
  record: InstanceRecord,
): Promise<void> {
  await stopInstance(environment.state, environment.host, record);
  await releasePort(environment.admin, record.portId, record.ownsPort);
  forgetInstance(environment.state, record.id);
}

async function releasePort(admin: Session, portId: string, ownsPort: boolean): Promise<void> {
  try {
    if (ownsPort) await admin.request('DELETE', `/v2.0/ports/${portId}`);
    else await admin.request('PUT', `/v2.0/ports/${portId}`, { port: { device_id: '', device_owner: '', 'binding:host_id': '' } });
  } catch (error) {
    if (!(error instanceof RequestFailed && error.status === 404)) throw error;
  }
}

/** Resolves when the server says that the port is ACTIVE. */
async function waitForActive(session: Session, portId: string, timeoutMs: number): Promise<void> {
  await waitFor(`port ${portId} to become ACTIVE`, timeoutMs, async () => {
    const { port } = await session.request('GET', `/v2.0/ports/${portId}?fields=status`);
    return isJsonObject(port) && port['status'] === 'ACTIVE' ? true : undefined;
  });
}

export async function waitForLease(state: StateDirectory, record: InstanceRecord, timeoutMs: number): Promise<Lease> {
  return await waitFor(`a DHCP lease for ${record.name}`, timeoutMs, () => readLease(state, record.id));
}

/** Asks every POLL_MS until there is an answer; throws what it waited for after `timeoutMs`. */
export async function waitFor<T>(what: string, timeoutMs: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}`);
    await sleep(POLL_MS);
  }
}
