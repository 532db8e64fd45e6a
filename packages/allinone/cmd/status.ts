import { readFileSync } from 'node:fs';
import { openSession, type Session } from '@neutrino/client/session';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { CLOUD, readCloud } from '../cloud-files.ts';
import { identify, readIdentity, type ProcessIdentity } from '../host/process-identity.ts';
import { listInstances } from '../instances/instance-record.ts';
import { isRunning, readService } from '../running-service.ts';
import type { StateDirectory } from '../state-directory.ts';

/** Prints what runs; resolves to 0 where the service answers, 3 (as `systemctl status`) where it does not run. */
export async function status(state: StateDirectory): Promise<number> {
  const service = readService(state);
  const say = (name: string, value: string): void => void process.stdout.write(`${name.padEnd(27)}${value}\n`);
  say('state', state.path);
  if (service === undefined || !isRunning(state)) {
    say('service', 'not running');
    return 3;
  }
  say('service', `running, pid ${service.pid}, ${memoryOf(service)}`);
  const host = readIdentity(state.hostProcess);
  say('agents', host !== undefined && identify(host.pid)?.startTime === host.startTime ? `pid ${host.pid}, ${memoryOf(host)}` : 'not running');
  say('network API', service.networkUrl);
  say('identity', service.identityUrl);
  say('host', service.hostNetwork ? "this machine's own network" : 'private');
  const session = await openSession(readCloud(state, CLOUD));
  for (const collection of ['networks', 'subnets', 'ports', 'security-groups']) {
    say(collection, String((await listOf(session, collection, '?fields=id')).length));
  }
  say('instances', String(listInstances(state).length));
  for (const agent of await listOf(session, 'agents')) {
    say(String(agent['binary']), `${agent['alive'] === true ? ':-)' : 'XXX'}  ${String(agent['host'])}`);
  }
  return 0;
}

async function listOf(session: Session, collection: string, query = ''): Promise<readonly JsonObject[]> {
  const answer = await session.request('GET', `/v2.0/${collection}${query}`);
  const list = answer[collection.replaceAll('-', '_')];
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

function memoryOf({ pid }: ProcessIdentity): string {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return `${Math.round(Number(kib ?? 0) / 1024)} MiB resident`;
}
