import type { JsonObject } from '@neutrino/lib/json';
import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { UsageError, type CommandEnvironment } from './command-environment.ts';
import { listIn, objectIn } from './find-by-name.ts';
import { listText, objectText, withPrinting, type Printing } from './printing.ts';

/** What quotas limit, as options of `quota-update`; `resource=limit` says the same of any other. */
const LIMITED = ['network', 'subnet', 'port', 'security-group', 'security-group-rule'] as const;

interface QuotaOptions extends Printing {
  readonly project?: string;
  readonly tenantId?: string;
}

/** `quota-list`, `quota-show`, `quota-update`, `quota-delete`: limits of a project, one's own unless named. */
export function addQuotaCommands(program: Command, { session, write }: CommandEnvironment): void {
  const group = program.command('quota').description('list, show, default-show, update, delete');
  const each = (operation: string, define: (command: Command) => void): void => {
    for (const command of [group.command(operation), program.command(`quota-${operation}`, { hidden: true })]) define(command);
  };
  const ofProject = (command: Command): Command => command.option('--project <id>', 'another project than your own').option('--tenant-id <id>', 'the same');
  const show = (answer: JsonObject, options: Printing): void => write(objectText(objectIn(answer, 'quota'), options));

  each('list', (command) => {
    withPrinting(command.description('projects whose quotas are not the defaults')).action(async (options: Printing) => {
      const rows = listIn(await (await session()).request('GET', '/v2.0/quotas'), 'quotas');
      write(listText(rows, options, Object.keys(rows[0] ?? {}).toSorted()));
    });
  });
  for (const [operation, suffix] of [['show', ''], ['default-show', '/default']] as const) {
    each(operation, (command) => {
      ofProject(withPrinting(command.argument('[project]').description(`the ${operation === 'show' ? '' : 'default '}quotas of a project`))).action(
        async (project: string | undefined, options: QuotaOptions) => {
          const here = await session();
          show(await here.request('GET', `${pathOf(here, options, project)}${suffix}`), options);
        },
      );
    });
  }
  each('update', (command) => {
    ofProject(withPrinting(command.argument('[project|resource=limit...]').description('set quotas; -1 is unlimited')));
    for (const resource of LIMITED) command.option(`--${resource} <limit>`);
    command.action(async (words: readonly string[], options: QuotaOptions & Readonly<Record<string, unknown>>) => {
      const projects = words.filter((word) => !word.includes('='));
      if (projects.length > 1) throw new UsageError(`one project at a time, not ${projects.join(' and ')}`);
      const flags = LIMITED.flatMap((resource) => {
        const given = options[resource.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())];
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
