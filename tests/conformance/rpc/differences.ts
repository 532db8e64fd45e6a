import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json } from '@neutrino/lib/json';

/** Members that Neutron's server keeps for itself, or that belong to services that are not here. */
const notOurs = new Set(['standard_attr_id', 'bound_drivers', 'vlan_transparent']);

/**
 * Where an answer of ours is not what Neutron's would be: a line each, empty where an agent finds all that it would find there. Members
 * that only we have do not count.
 */
export function differences(theirs: Json | undefined, ours: Json | undefined, at = ''): readonly string[] {
  if (isJsonObject(theirs) && isJsonObject(ours)) {
    const names = Object.keys(theirs).filter((name) => !notOurs.has(name));
    return names.flatMap((name) => (Object.hasOwn(ours, name) ? differences(theirs[name], ours[name], `${at}.${name}`) : [`${at}.${name} is missing`]));
  }
  if (Array.isArray(theirs) && Array.isArray(ours)) {
    if (theirs.length !== ours.length) return [`${at} has ${ours.length} and not ${theirs.length} members: ${JSON.stringify(ours)} and not ${JSON.stringify(theirs)}`];
    return theirs.every(isJsonObject) && ours.every(isJsonObject) ? paired(theirs, ours, at) : theirs.flatMap((each: Json, index: number) => differences(each, ours[index], `${at}[${index}]`));
  }
  return isDeepStrictEqual(theirs, ours) ? [] : [`${at} is ${JSON.stringify(ours)} and not ${JSON.stringify(theirs)}`];
}

/** Each of theirs with the one of ours that is most like it: members that only we have put ours in another order. */
function paired(theirs: readonly Json[], ours: readonly Json[], at: string): readonly string[] {
  const left = [...ours];
  return theirs.flatMap((each, index) => {
    const candidates = left.map((other) => ({ other, lines: differences(each, other, `${at}[${index}]`) })).toSorted((a, b) => a.lines.length - b.lines.length);
    const [best] = candidates;
    if (best === undefined) return [];
    left.splice(left.indexOf(best.other), 1);
    return best.lines;
  });
}
