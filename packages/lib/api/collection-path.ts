/** Collections that URLs spell with an underscore; all others have dashes. */
const WITH_UNDERSCORE: ReadonlySet<string> = new Set(['availability_zones', 'conntrack_helpers', 'port_forwardings', 'service_profiles']);

/** The path of a collection: dashes for underscores, as in /v2.0/security-groups. */
export function collectionPath(collection: string): string {
  return WITH_UNDERSCORE.has(collection) ? collection : collection.replaceAll('_', '-');
}
