import { rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { destroyPrivateHost, findPrivateHost, openPrivateHost } from '@neutrino/allinone/host/private-host';
import { openStateDirectory } from '@neutrino/allinone/state-directory';
import { networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { temporaryDirectory } from '../../support/temporary-directory.ts';

describe('a private host', requires(root, networkNamespaces), () => {
  test.each(['', '{}', undefined])('is found again when the record of its holder is %j', async (text) => {
    using directory = temporaryDirectory();
    const state = openStateDirectory(directory.path);
    try {
      const first = await openPrivateHost(state);
      await first.run(['ip', 'link', 'add', 'mark0', 'type', 'bridge']);
      if (text === undefined) rmSync(state.holder);
      else writeFileSync(state.holder, text);
      const second = await openPrivateHost(state);
      expect([first.isNew, second.isNew]).toEqual([true, false]);
      expect((await second.run(['ip', '-br', 'link', 'show', 'mark0'])).stdout).toContain('mark0');
      rmSync(state.holder);
    } finally {
      await destroyPrivateHost(state);
    }
    expect(findPrivateHost(state)).toBeUndefined();
  });
});
