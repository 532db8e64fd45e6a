/** In words, how two lists differ; their order does not matter. */
export function difference(what: string, wanted: readonly string[], found: readonly string[]): readonly string[] {
  const missing = wanted.filter((each) => !found.includes(each));
  const extra = found.filter((each) => !wanted.includes(each));
  return missing.length + extra.length === 0 ? [] : [`${what}: missing ${missing.join(' ') || 'none'}; too many ${extra.join(' ') || 'none'}`];
}
