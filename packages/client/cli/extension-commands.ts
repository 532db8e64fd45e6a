import type { Command } from 'commander';
import type { CommandEnvironment } from './command-environment.ts';
import { listIn, objectIn } from './find-by-name.ts';
import { listText, objectText, withPrinting, type Printing } from './printing.ts';

/** `ext-list`, `ext-show`: what the server says it can do. */
export function addExtensionCommands(program: Command, { session, write }: CommandEnvironment): void {
  const group = program.command('extension').description('list, show');
  for (const command of [group.command('list'), program.command('ext-list', { hidden: true })]) {
    withPrinting(command.description('what the server can do')).action(async (options: Printing) => {
      const answer = await (await session()).request('GET', '/v2.0/extensions');
      write(listText(listIn(answer, 'extensions'), options, ['alias', 'name']));
    });
  }
  for (const command of [group.command('show'), program.command('ext-show', { hidden: true })]) {
    withPrinting(command.argument('<alias>').description('one extension')).action(async (alias: string, options: Printing) => {
      const answer = await (await session()).request('GET', `/v2.0/extensions/${encodeURIComponent(alias)}`);
      write(objectText(objectIn(answer, 'extension'), options));
    });
  }
}
