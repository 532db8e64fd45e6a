import type { ResourceDeclaration } from '@neutrino/lib/api/attribute';
import type { Json } from '@neutrino/lib/json';
import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { gather, gathered } from './attribute-options.ts';
import { withItems, withoutItems } from './change-lists.ts';

export interface TagOptions {
  given(): boolean;
  /** Does to the tags of the object at `path` what was asked for, and tells the tags that it has then; undefined where nothing was. */
  change(session: Session, path: string): Promise<Json | undefined>;
}

/** `--tag` and `--no-tag` of `create` and `set`, `--tag` and `--all-tag` of `unset`: where the resource has tags that its own body does not hold. */
export function tagOptions(command: Command, { attributes }: ResourceDeclaration, operation: 'create' | 'set' | 'unset'): TagOptions {
  const tags = attributes['tags'];
  if (tags === undefined || (operation === 'create' ? tags.allowPost : tags.allowPut)) return { given: () => false, change: () => Promise.resolve(undefined) };
  command.addOption(command.createOption('--tag <tag>', 'repeatable').argParser(gather));
  if (operation === 'unset') command.option('--all-tag', 'every tag');
  else command.option('--no-tag', operation === 'set' ? 'none of the tags that are there' : 'no tags');
  const asked = (): { readonly tag?: unknown; readonly allTag?: boolean } => command.opts();
  return {
    given: () => asked().allTag === true || isGiven(asked().tag),
    async change(session, path) {
      const { tag, allTag = false } = asked();
      if (!allTag && !isGiven(tag)) return undefined;
      const { items, instead } = gathered(tag);
      const there = allTag || instead ? [] : (await session.request('GET', `${path}/tags`))['tags'];
      const answer = await session.request('PUT', `${path}/tags`, { tags: operation === 'unset' ? withoutItems(there, items) : withItems(there, items) });
      return answer['tags'];
    },
  };
}

/** Nothing was said where commander has its own default of a `--no-…` option. */
function isGiven(tag: unknown): boolean {
  return tag === false || Array.isArray(tag);
}
