import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requires, type Capability } from '../support/capabilities.ts';
import { neutrinoService, type NeutrinoService } from '../support/neutrino-service.ts';

const PYTHON = '/usr/bin/python3';
const openstackSdk: Capability = {
  missing: () => (spawnSync(PYTHON, ['-c', 'import openstack'], { stdio: 'ignore' }).status === 0 ? undefined : 'needs python3-openstacksdk'),
};

describe("Debian's openstacksdk, unmodified", { ...requires(openstackSdk), timeout: 600_000 }, () => {
  let service: NeutrinoService;
  beforeAll(async () => {
    service = await neutrinoService();
    await service.up();
  }, 300_000);
  afterAll(async () => service[Symbol.asyncDispose]());

  test('makes, finds, lists, changes and removes every kind of object', async () => {
    const script = join(import.meta.dirname, 'openstack-sdk.py');
    const env = { PATH: '/usr/bin:/bin', OS_CLIENT_CONFIG_FILE: service.state.cloudsYaml, OS_CLOUD: 'neutrino', PYTHONWARNINGS: 'ignore' };
    const { stdout } = await promisify(execFile)(PYTHON, [script], { env });
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toEqual(expect.arrayContaining(['network ok', 'subnet ok', 'port ok', 'security_group ok', 'security_group_rule ok', 'tags ok', 'agent ok', 'quota ok']));
    expect(lines.at(-1)).toBe('all gone');
  });
});
