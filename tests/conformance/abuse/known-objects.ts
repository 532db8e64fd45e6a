import { isJsonObject, type Json } from '@neutrino/lib/json';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** Attributes that name what an object belongs to. */
const PARENTS = ['network_id', 'security_group_id'] as const;

interface Known {
  readonly collection: string;
  readonly project: string;
  /** The network, group or pool that it belongs to: who owns that may see it. */
  readonly parent: string | undefined;
}

/** What exists, as far as answers told: for choosing ids, and for judging who may see what. */
export class KnownObjects {
  readonly #objects = new Map<string, Known>();
  readonly #gone = new Set<string>();
  /** Ever seen shared, external or default, or the object of a sharing policy: everybody may have heard of those. */
  readonly #shared = new Set<string>();

  /** Project → ids that its own objects refer to, whoever owns what they are of. */
  readonly #referred = new Map<string, Set<string>>();

  /** Notes the objects of a collection that an answer holds. */
  note(collection: string, value: Json | undefined): void {
    for (const object of Array.isArray(value) ? (value as readonly Json[]) : [value ?? null]) {
      if (!isJsonObject(object) || typeof object['id'] !== 'string') continue;
      const project = object['project_id'];
      const known = this.#objects.get(object['id']);
      if (typeof project === 'string' || known === undefined) {
        const parent = PARENTS.map((name) => object[name]).find((id) => typeof id === 'string') ?? known?.parent;
        this.#objects.set(object['id'], { collection, project: typeof project === 'string' ? project : (known?.project ?? ''), parent });
      }
      if (['shared', 'router:external', 'is_default'].some((name) => object[name] === true)) this.#shared.add(object['id']);
      if (typeof object['object_id'] === 'string') this.#shared.add(object['object_id']);
      if (collection === 'security_groups') this.note('security_group_rules', object['security_group_rules']);
    }
  }

  /** Notes what a project's own objects in an answer refer to: an administrator may have put anything there. */
  noteReferences(value: Json, project: string): void {
    for (const member of Array.isArray(value) ? (value as readonly Json[]) : isJsonObject(value) ? Object.values(value) : []) this.noteReferences(member ?? null, project);
    if (!isJsonObject(value) || value['project_id'] !== project) return;
    const referred = this.#referred.get(project) ?? new Set();
    for (const [name, id] of Object.entries(value)) if (name.endsWith('_id') && typeof id === 'string') referred.add(id);
    this.#referred.set(project, referred);
  }

  forget(id: string): void {
    this.#gone.add(id);
  }

  ids(collection: string): readonly string[] {
    return [...this.#objects].filter(([id, known]) => known.collection === collection && !this.#gone.has(id)).map(([id]) => id);
  }

  idsOf(collection: string, project: string): readonly string[] {
    return this.ids(collection).filter((id) => this.#objects.get(id)?.project === project);
  }

  /** Ids in a text of objects that exist and are not for this project to know. */
  foreignIds(text: string, project: string): readonly string[] {
    const referred = this.#referred.get(project);
    return [...new Set(text.match(UUID) ?? [])].filter((id) => this.isForeign(id, project) && referred?.has(id) !== true);
  }

  /** Of another project, and not shared: neither itself nor what it belongs to, which may also be the project's own. */
  isForeign(id: string, project: string): boolean {
    const known = this.#objects.get(id);
    if (known === undefined || known.project === project || known.project === '' || this.#shared.has(id)) return false;
    const parent = known.parent === undefined ? undefined : this.#objects.get(known.parent);
    return known.parent === undefined || !(this.#shared.has(known.parent) || parent?.project === project);
  }

  /** Ids that no answer told of so far. */
  unknownIds(text: string): readonly string[] {
    return [...new Set(text.match(UUID) ?? [])].filter((id) => !this.#objects.has(id));
  }

  /** Whether the project has anything that others may know of. */
  sharesSomething(project: string): boolean {
    return [...this.#shared].some((id) => this.#objects.get(id)?.project === project);
  }
}
