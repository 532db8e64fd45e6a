import { isJsonObject, type Json } from '@neutrino/lib/json';

/** What is there and what is to be added. An item that is there already is not doubled. */
export function withItems(there: Json | undefined, added: Json | undefined): Json {
  const [before, more] = [listOf(there), listOf(added)];
  return [...before, ...more.filter((item) => !before.some((each) => JSON.stringify(each) === JSON.stringify(item)))];
}

/** What is there without the items that are named; an object is named by some of its members. */
export function withoutItems(there: Json | undefined, removed: Json | undefined): Json {
  return listOf(there).filter((item) => !listOf(removed).some((each) => isMeant(item, each)));
}

function isMeant(item: Json, named: Json): boolean {
  if (!isJsonObject(item) || !isJsonObject(named)) return item === named;
  return Object.entries(named).every(([name, value]) => item[name] === value);
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
