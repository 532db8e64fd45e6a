import type { Host } from '../host/host.ts';
import { namespaceOfInstance } from '../instances/instance-namespace.ts';
import type { InstanceRecord } from '../instances/instance-record.ts';
import { machineIn, type Machine } from './machine.ts';

/** An instance, from its console. */
export interface Guest extends Machine {
  readonly record: InstanceRecord;
}

export function guestOf(host: Host, record: InstanceRecord): Guest {
  return { record, ...machineIn(host, namespaceOfInstance(record)) };
}
