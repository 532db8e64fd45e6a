import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '@neutrino/agent/privileged/run';
import { describe, expect, test } from 'vitest';
import { root } from '../../../scripts/config-files.ts';
import { command, requires } from '../../support/capabilities.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

const units = readdirSync(join(root, 'etc/systemd'));

describe('systemd units', requires(command('systemd-analyze')), () => {
  test.each(units)('%s is understood by systemd, and starts a program of this project', async (unit) => {
    using directory = temporaryDirectory();
    const text = readFileSync(join(root, 'etc/systemd', unit), 'utf8');
    // Where an operator links the launchers to is not this machine's business.
    writeFileSync(join(directory.path, unit), text.replace('/usr/local/bin/', `${root}/bin/`).replace('User=neutron\nGroup=neutron\n', ''));
    const { stderr } = await run(['systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', join(directory.path, unit)], { accept: [1] });
    expect(stderr.split('\n').filter((line) => line.includes(unit))).toEqual([]);
    expect(text).toContain(`ExecStart=/usr/local/bin/${unit.replace('.service', '')} --config-file /etc/neutron/neutron.conf`);
  });
});
