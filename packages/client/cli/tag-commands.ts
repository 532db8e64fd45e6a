import { TAGGED_COLLECTIONS } from '@neutrino/lib/api/standard-attributes';
import { Option, type Command } from 'commander';
import { UsageError, type CommandEnvironment } from './command-environment.ts';
import { idOf, pathOf } from './find-by-name.ts';
import { append } from './printing.ts';

interface TagOptions {
  readonly resourceType: string;
  readonly resource: string;
  readonly tag?: readonly string[];
  readonly all?: boolean;
}

/** `tag-add`, `tag-remove`, `tag-replace`: words by which things are found again. */
export function addTagCommands(program: Command, { api, session, write }: CommandEnvironment): void {
  const tagged = TAGGED_COLLECTIONS.map((collection) => api.resource(collection));
  const group = program.command('tag').description('add, remove, replace');
  const each = (operation: 'add' | 'remove' | 'replace', about: string, change: (request: (method: string, tag?: string, tags?: readonly string[]) => Promise<unknown>, options: TagOptions) => Promise<void>): void => {
    for (const command of [group.command(operation), program.command(`tag-${operation}`, { hidden: true })]) {
      command
        .description(about)
        .addOption(new Option('--resource-type <type>', 'the kind of thing').choices(tagged.map(({ resource }) => resource)).makeOptionMandatory())
        .requiredOption('--resource <id or name>', 'the thing')
        .option('--tag <tag>', 'repeatable', append)
        .action(async (options: TagOptions) => {
          const resource = tagged.find((each) => each.resource === options.resourceType);
          if (resource === undefined) throw new UsageError(`there are no tags on ${options.resourceType}`);
          const here = await session();
          const path = `${pathOf(resource)}/${encodeURIComponent(await idOf(here, resource, options.resource))}/tags`;
          await change((method, tag, tags) => here.request(method, tag === undefined ? path : `${path}/${encodeURIComponent(tag)}`, tags && { tags }), options);
          write(`Tags of ${options.resourceType} ${options.resource}: ${operation} done\n`);
        });
      if (operation === 'remove') command.option('--all', 'every tag', false);
    }
  };
  each('add', 'add tags', async (request, { tag = [] }) => {
    if (tag.length === 0) throw new UsageError('missing: --tag');
    for (const each of tag) await request('PUT', each);
  });
  each('remove', 'take tags away', async (request, { tag = [], all }) => {
    if (tag.length === 0 && all !== true) throw new UsageError('missing: --tag, or --all');
    if (all === true) await request('DELETE');
    else for (const each of tag) await request('DELETE', each);
  });
  each('replace', 'these tags instead of all others', async (request, { tag = [] }) => void (await request('PUT', undefined, tag)));
}
