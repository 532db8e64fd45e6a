import { isJsonObject, type Json } from '@neutrino/lib/json';

/**
 * Replaces what differs from run to run: ids by the names that the conversation gave them, times, random MAC addresses and revision numbers by what they
 * are. JSON within texts is read, and the name of a Python class before a method's is left out.
 */
export function normalised(value: Json | undefined, names: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return value.startsWith('{') ? (normalised(JSON.parse(value) as Json, names)) : normalisedText(value, names);
  if (Array.isArray(value)) return sorted(value.map((item) => normalised(item, names)));
  if (!isJsonObject(value)) return value ?? null;
  const entries = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => [normalisedText(key, names), key === 'revision_number' ? '<number>' : normalised(member, names)] as const);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** No list of the contract has an order with a meaning that two servers would have to agree on. */
function sorted(list: readonly Json[]): readonly Json[] {
  return list.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function normalisedText(text: string, names: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [id, name] of names) result = result.replaceAll(id, `<${name}>`);
  for (const [id, name] of names) if (id.length === 36) result = result.replaceAll(id.slice(0, 11), `<${name}|11>`);
  return result
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uuid>')
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?/g, '<time>')
    .replaceAll(/fa:16:3e:(?!00:00:)[0-9a-f:]{8}/g, '<mac>')
    .replaceAll(/\b[A-Z]\w+\.(?=\w+\(\))/g, '');
}
