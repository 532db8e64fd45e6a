import type { Command } from 'commander';
import type { CommandEnvironment } from './command-environment.ts';
import { groupAt } from './command-names.ts';
import { idOf, pathOf } from './find-by-name.ts';

/** Which profiles stand behind a flavor, in the old client's words and in openstack's. */
export function addFlavorCommands(program: Command, { api, session, write }: CommandEnvironment): void {
  const [flavors, profiles] = ['flavors', 'service_profiles'].map((name) => api.resources.find(({ collection, parent }) => parent === undefined && collection === name));
  if (flavors === undefined || profiles === undefined) return;
  const add = async (flavor: string, profile: string): Promise<void> => {
    const here = await session();
    const path = `${pathOf(flavors)}/${encodeURIComponent(await idOf(here, flavors, flavor))}/service_profiles`;
    await here.request('POST', path, { service_profile: { id: await idOf(here, profiles, profile) } });
    write(`Associated flavor ${flavor} with flavor profile ${profile}\n`);
  };
  const remove = async (flavor: string, profile: string): Promise<void> => {
    const here = await session();
    const path = [await idOf(here, flavors, flavor), 'service_profiles', await idOf(here, profiles, profile)].map(encodeURIComponent).join('/');
    await here.request('DELETE', `${pathOf(flavors)}/${path}`);
    write(`Disassociated flavor ${flavor} from flavor profile ${profile}\n`);
  };
  program.command('flavor-associate <flavor> <profile>', { hidden: true }).action(add);
  program.command('flavor-disassociate <flavor> <profile>', { hidden: true }).action(remove);
  groupAt(program, ['network', 'flavor', 'add']).command('profile <flavor> <profile>').description('put a profile behind a flavor').action(add);
  groupAt(program, ['network', 'flavor', 'remove']).command('profile <flavor> <profile>').description('take a profile from behind a flavor').action(remove);
}
