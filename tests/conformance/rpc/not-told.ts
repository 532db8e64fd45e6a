import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { differences } from './differences.ts';

/**
 * What of their messages has no like in ours: a line each. Of an object that is pushed several times it is enough that ours is pushed as
 * one of theirs is: in between, objects are as they happen to be.
 */
export function notTold(theirs: readonly JsonObject[], ours: readonly JsonObject[], isMeant: (line: string) => boolean): readonly string[] {
  const mine = Map.groupBy(ours.flatMap(eachObject), kindOf);
  const [pushed, others] = [theirs.flatMap(eachObject).filter((message) => message['method'] === 'push'), theirs.filter((message) => message['method'] !== 'push')];
  const groups = [...Map.groupBy(pushed, (message) => `${kindOf(message)} ${objectId(message)}`).values(), ...others.map((message) => [message])];
  return groups.flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const candidates = alike.flatMap((message) => (mine.get(kindOf(message)) ?? []).map((own) => differences(message['args'], own['args']).filter((line) => !isMeant(line))));
    const [least = ['nothing of the kind is told']] = candidates.toSorted((a, b) => a.length - b.length);
    return least.map((line) => `${kindOf(first)}: ${line}`).filter((line) => !isMeant(line));
  });
}

function kindOf(message: JsonObject): string {
  return `${String(message['topic'])} ${String(message['method'])} ${String(message['version'])}`;
}

/** A push of several objects as several pushes. */
function eachObject(message: JsonObject): readonly JsonObject[] {
  const args = message['args'];
  const list = isJsonObject(args) ? args['resource_list'] : undefined;
  return isJsonObject(args) && Array.isArray(list) ? list.map((object) => ({ ...message, args: { ...args, resource_list: [object] } })) : [message];
}

function objectId(message: JsonObject): string {
  return JSON.stringify(message['args']).match(/"id":"(<[^"]+>)"[^{}]*\},"versioned_object.name":"(?:Port|Network|Subnet|SecurityGroup|AddressGroup|SecurityGroupRule)"/)?.[1] ?? '';
}
