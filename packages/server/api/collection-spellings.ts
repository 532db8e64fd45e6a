const PREFIX = '/v2.0/';

/**
 * Neutron knows its collections however their words are joined: /v2.0/security_groups is /v2.0/security-groups, and
 * /v2.0/service-profiles is /v2.0/service_profiles; so with those that belong to an object. What is done to an object
 * (/v2.0/routers/{id}/add_router_interface) has one spelling.
 */
export class CollectionSpellings {
  /** By the path with dashes ("agents", "agents/dhcp-networks"): how the last collection in it is spelled here. */
  readonly #spellings = new Map<string, string>();

  /** `served`: "GET /v2.0/networks/:id" and so on. */
  constructor(served: readonly string[]) {
    // Collections are read, actions only carried out.
    const start = `GET ${PREFIX}`;
    for (const route of served.filter((each) => each.startsWith(start))) {
      const [collection = '', , part] = route.slice(start.length).split('/');
      this.#spellings.set(dashed(collection), collection);
      if (part !== undefined) this.#spellings.set(`${dashed(collection)}/${dashed(part)}`, part);
    }
  }

  /** The path as it is spelled here. */
  ours(path: string): string {
    if (!path.startsWith(PREFIX)) return path;
    const [collection = '', id, part, ...rest] = path.slice(PREFIX.length).split('/');
    const key = dashed(collection);
    const known = this.#spellings.get(key) ?? collection;
    const knownPart = part === undefined ? undefined : (this.#spellings.get(`${key}/${dashed(part)}`) ?? part);
    if (known === collection && knownPart === part) return path;
    return PREFIX + [known, id, knownPart, ...rest].filter((segment) => segment !== undefined).join('/');
  }
}

function dashed(segment: string): string {
  return segment.replaceAll('_', '-');
}
