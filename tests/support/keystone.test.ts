import { expect, test } from 'vitest';
import { requires } from './capabilities.ts';
import { realKeystone, startKeystone } from './keystone.ts';

test('a real Keystone starts with an admin who may make users', { ...requires(realKeystone), timeout: 180_000 }, async () => {
  await using keystone = await startKeystone();
  await keystone.request('POST', '/users', { user: { name: 'nova', domain_id: 'default', password: 'secret' } });
  expect(await keystone.request('GET', '/users?name=nova')).toMatchObject({ users: [{ name: 'nova', domain_id: 'default' }] });
});
