import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { shell, until } from './steps.ts';

/** Of the controller, in the order of the page. */
export const UNITS = ['neutron-server', 'neutron-linuxbridge-agent', 'neutron-dhcp-agent', 'neutron-metadata-agent'] as const;

type Unit = (typeof UNITS)[number];

type Properties = Readonly<Record<string, string>>;

/** What systemd says of each unit. One question for all: a process takes long in an emulated machine. */
async function propertiesOf(units: readonly string[], ...names: readonly string[]): Promise<readonly Properties[]> {
  const shown = await shell(`systemctl show -p ${names.join(',')} ${units.join(' ')}`);
  return shown.trim().split('\n\n').map((lines) => Object.fromEntries(lines.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])));
}

async function properties(unit: Unit, ...names: readonly string[]): Promise<Properties> {
  return (await propertiesOf([unit], ...names))[0] ?? {};
}

async function mainPid(unit: Unit): Promise<number> {
  return Number((await properties(unit, 'MainPID'))['MainPID']);
}

/** Each runs, and was started that often again by systemd. */
export async function untilActive(restarts: number, units: readonly Unit[] = UNITS): Promise<void> {
  await until(async () => {
    const found = await propertiesOf(units, 'Id', 'SubState', 'NRestarts');
    const wrong = found.filter(({ SubState, NRestarts }) => SubState !== 'running' || NRestarts !== String(restarts));
    return wrong.length === 0 ? undefined : JSON.stringify(wrong);
  });
}

/** systemd has given it up. */
export async function untilFailed(unit: Unit): Promise<void> {
  await until(async () => ((found) => (found['ActiveState'] === 'failed' ? undefined : JSON.stringify(found)))(await properties(unit, 'ActiveState', 'SubState', 'NRestarts')));
}

/** As `journalctl -u` shows it, from this boot: one message a line. */
export async function journal(unit: Unit): Promise<string> {
  return await shell(`journalctl -b -q -o cat -u ${unit}`);
}

/** The message of each line of the programs themselves that tells of an error. */
export async function errors(unit: Unit): Promise<readonly string[]> {
  const lines = (await journal(unit)).split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as { readonly level: number; readonly msg: string }).filter(({ level }) => level >= 50).map((line) => JSON.stringify(line));
}

/** The server's process may do nothing that its user may not. */
export async function assertUnprivileged(): Promise<void> {
  const status = readFileSync(`/proc/${await mainPid('neutron-server')}/status`, 'utf8');
  const line = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1] ?? '';
  const user = (await shell('id -u neutron')).trim();
  assert.notEqual(user, '0');
  assert.equal(line('Uid'), [user, user, user, user].join('\t'));
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb']) assert.match(line(set), /^0+$/, set);
  assert.equal(line('NoNewPrivs'), '1');
}

/** Kills a program as a fault would, for the first time, and waits for systemd to start it again. */
export async function killAndWait(unit: Unit): Promise<void> {
  await shell(`systemctl kill -s KILL --kill-who=main ${unit}`);
  await untilActive(1, [unit]);
}

/** `systemctl reload`: the program goes on, the same process. */
export async function reload(unit: Unit): Promise<void> {
  const before = await mainPid(unit);
  await shell(`systemctl reload ${unit}`);
  assert.deepEqual(await properties(unit, 'MainPID', 'ActiveState'), { MainPID: String(before), ActiveState: 'active' });
}

/** They end before systemd loses patience, and in good order. */
export async function stop(units: readonly Unit[] = UNITS): Promise<void> {
  await shell(`systemctl stop ${units.join(' ')}`);
  const ends = await propertiesOf(units, 'Id', 'ActiveState', 'Result');
  assert.deepEqual(ends, units.map((unit) => ({ Id: `${unit}.service`, ActiveState: 'inactive', Result: 'success' })));
}

export async function assertNothingFailed(): Promise<void> {
  assert.equal((await shell('systemctl list-units --failed --plain --no-legend')).trim(), '');
}
