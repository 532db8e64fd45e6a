import { Command } from 'commander';
import { expect, test } from 'vitest';
import { neutronProgram } from './neutron-program.ts';
import { nextWords } from './completion.ts';

async function run(...argv: readonly string[]): Promise<string> {
  let written = '';
  await neutronProgram({ variables: {}, write: (text) => (written += text), writeError: () => undefined }).run(argv);
  return written;
}
const words = async (...begun: readonly string[]): Promise<readonly string[]> => (await run('completion', 'words', '--', ...begun)).trimEnd().split('\n');

test('commands come by the words before them, and old names once they are begun', async () => {
  expect(await words('')).toEqual(expect.arrayContaining(['network', 'subnet', 'port', 'security', 'quota', 'extension', 'completion']));
  expect(await words('')).not.toContain('net-list');
  expect(await words('net-l')).toEqual(expect.arrayContaining(['net-list', 'net-list-on-dhcp-agent']));
  expect(await words('security', 'group', 'r')).toEqual(['rule']);
  expect(await words('network', 'agent', '')).toEqual(expect.arrayContaining(['add', 'delete', 'list', 'remove', 'set', 'show', 'update', 'list-dhcp-networks']));
});

test('options are those of the command and of all commands, and what an option may be is told', async () => {
  expect(await words('port', 'create', '--fixed')).toEqual(['--fixed-ip']);
  expect(await words('port', 'list', '--os-clo')).toEqual(['--os-cloud']);
  expect(await words('port', 'list', '-f', '')).toEqual(['table', 'json', 'yaml', 'value', 'csv']);
});

test('nothing comes after what nobody knows', () => {
  expect(nextWords(new Command('x'), ['what', 'ever'])).toEqual([]);
});

test.each(['bash', 'zsh', 'fish'])('a script for %s asks the program itself', async (shell) => {
  expect(await run('completion', shell)).toContain('neutron completion words --');
});
