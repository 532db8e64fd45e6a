import type { Api } from '@neutrino/lib/api/build-api';
import type { JsonObject } from '@neutrino/lib/json';
import { Option, type Command } from 'commander';
import type { Session } from '../session.ts';
import { UsageError, type CommandEnvironment } from './command-environment.ts';
import { listIn, objectIn } from './find-by-name.ts';
import { listText, objectText, withPrinting, type Printing } from './printing.ts';

/** openstack's names of what quotas limit, where they are not the collection's. */
const OTHER_NAMES: Readonly<Record<string, string>> = { security_group: 'secgroups', security_group_rule: 'secgroup-rules' };

/** What quotas limit, by its options: `--port`, `--ports`. `resource=limit` says the same of what this program does not know. */
function limitedBy({ resources }: Api): ReadonlyMap<string, string> {
  const limited = resources.filter(({ parent, operations }) => parent === undefined && operations?.includes('create') !== false);
  return new Map(limited.flatMap(({ resource, collection }) => [resource, collection, OTHER_NAMES[resource] ?? collection].map((name): [string, string] => [name.replaceAll('_', '-'), resource])));
}

interface QuotaOptions extends Printing {
  readonly project?: string;
  readonly tenantId?: string;
}

/** `quota-list`, `quota-show`, `quota-update`, `quota-delete`: limits of a project, one's own unless named. */
export function addQuotaCommands(program: Command, { api, session, write }: CommandEnvironment): void {
  const limited = limitedBy(api);
  const group = program.command('quota').description('list, show, default-show, update, delete');
  const each = (operation: string, define: (command: Command) => void): void => {
    for (const command of [group.command(operation), program.command(`quota-${operation}`, { hidden: true })]) define(command);
    // openstack's word.
    if (operation === 'update') define(group.command('set'));
  };
  const ofProject = (command: Command): Command => command.option('--project <id>', 'another project than your own').option('--tenant-id <id>', 'the same');
  const show = (answer: JsonObject, options: Printing): void => write(objectText(objectIn(answer, 'quota'), options));

  each('list', (command) => {
    withPrinting(command.description('projects whose quotas are not the defaults')).action(async (options: Printing) => {
      const rows = listIn(await (await session()).request('GET', '/v2.0/quotas'), 'quotas');
      write(listText(rows, options, Object.keys(rows[0] ?? {}).toSorted()));
    });
  });
  for (const [operation, suffix] of [['show', ''], ['default-show', '/default'], ['details', '/details']] as const) {
    each(operation, (command) => {
      ofProject(withPrinting(command.argument('[project]').description(ABOUT[operation]))).action(
        async (project: string | undefined, options: QuotaOptions) => {
          const here = await session();
          show(await here.request('GET', `${pathOf(here, options, project)}${suffix}`), options);
        },
      );
    });
  }
  each('update', (command) => {
    ofProject(withPrinting(command.argument('[project|resource=limit...]').description('set quotas; -1 is unlimited')));
    for (const [flag, resource] of limited) command.addOption(new Option(`--${flag} <limit>`, `limit of ${resource.replaceAll('_', ' ')}s`).hideHelp(flag !== resource.replaceAll('_', '-')));
    command.action(async (words: readonly string[], options: QuotaOptions & Readonly<Record<string, unknown>>) => {
      const projects = words.filter((word) => !word.includes('='));
      if (projects.length > 1) throw new UsageError(`one project at a time, not ${projects.join(' and ')}`);
      const flags = [...limited].flatMap(([flag, resource]) => {
        const given = options[new Option(`--${flag}`).attributeName()];
        return given === undefined ? [] : [`${resource}=${String(given)}`];
      });
      const quota = Object.fromEntries([...flags, ...words.filter((word) => word.includes('='))].map(limitOf));
      if (Object.keys(quota).length === 0) throw new UsageError('no quota to set was given, e.g. --port 100');
      const here = await session();
      show(await here.request('PUT', pathOf(here, options, projects[0]), { quota }), options);
    });
  });
  each('delete', (command) => {
    ofProject(command.argument('[project]').description('back to the defaults')).action(async (project: string | undefined, options: QuotaOptions) => {
      const here = await session();
      await here.request('DELETE', pathOf(here, options, project));
      write(`Deleted quota: ${project ?? options.project ?? options.tenantId ?? here.projectId}\n`);
    });
  });
}

const ABOUT = { show: 'the quotas of a project', 'default-show': 'the quotas of a project that has none of its own', details: 'the quotas of a project, and how much of them is used' } as const;

function limitOf(pair: string): [string, number] {
  const [resource = '', limit = ''] = pair.split('=', 2);
  if (!/^-?\d+$/.test(limit)) throw new UsageError(`the quota of ${resource} is a whole number, not "${limit}"`);
  return [resource.replaceAll('-', '_'), Number(limit)];
}

function pathOf(session: Session, options: QuotaOptions, project: string | undefined): string {
  const id = project ?? options.project ?? options.tenantId ?? session.projectId;
  if (id === '') throw new UsageError('whose quotas? Without a login the project must be named');
  return `/v2.0/quotas/${encodeURIComponent(id)}`;
}
