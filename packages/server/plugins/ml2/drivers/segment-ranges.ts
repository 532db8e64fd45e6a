/** Segmentation ids from `first` to `last`, both included. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

export const vlanIds: IdRange = { first: 1, last: 4094 };
export const vxlanIds: IdRange = { first: 1, last: 2 ** 24 - 1 };
/** A key has 32 bits, of which the whole numbers of every database hold one less. */
export const greIds: IdRange = { first: 1, last: 2 ** 31 - 1 };

/** Reads "<first>:<last>". Throws an Error that says what is wrong. */
export function parseIdRange(text: string, limits: IdRange): IdRange {
  const match = /^\s*(\d+)\s*:\s*(\d+)\s*$/.exec(text);
  if (match === null) throw new Error(`'${text}' is not a range of the form <first>:<last>`);
  const range = { first: Number(match[1]), last: Number(match[2]) };
  if (range.first > range.last) throw new Error(`'${text}' ends before it begins`);
  if (range.first < limits.first || range.last > limits.last) {
    throw new Error(`'${text}' is not within ${String(limits.first)}:${String(limits.last)}`);
  }
  return range;
}

/** `network_vlan_ranges`: physical network → ranges for networks of projects; none where only provider networks use it. */
export function parseVlanRanges(entries: readonly string[]): ReadonlyMap<string, readonly IdRange[]> {
  const ranges = new Map<string, IdRange[]>();
  for (const entry of entries.map((text) => text.trim())) {
    const colon = entry.indexOf(':');
    const name = colon === -1 ? entry : entry.slice(0, colon);
    if (name === '') throw new Error(`network_vlan_ranges: '${entry}' names no physical network`);
    const known = ranges.get(name) ?? [];
    ranges.set(name, known);
    if (colon !== -1) known.push(parseIdRange(entry.slice(colon + 1), vlanIds));
  }
  return ranges;
}
