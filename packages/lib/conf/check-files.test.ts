import { expect, test } from 'vitest';
import { checkFiles } from './check-files.ts';
import { defineSections, option } from './option.ts';
import { int, str } from './option-types.ts';
import { parseOsloFile } from './oslo-file.ts';

const server = defineSections({ DEFAULT: { bind_port: option({ type: int({ min: 0, max: 65_535 }), default: 9696, help: '' }), host: option({ type: str(), default: '', help: '' }) } });
const agent = defineSections({ DEFAULT: { host: option({ type: str(), default: '', help: '' }) }, vxlan: { ttl: option({ type: int(), default: 0, deprecated: ['old_ttl'], help: '' }) } });
const implemented = { DEFAULT: ['bind_port', 'host'], vxlan: ['ttl', 'old_ttl'] };
const known = { DEFAULT: ['backlog'] };
const check = (...files: readonly (readonly [string, string])[]) => checkFiles([server, agent], { files: files.map(([name, text]) => parseOsloFile(text, name)), implemented, known });

test("each program's options are known, and each finding is told once, in the order of the lines", () => {
  expect(check(['a.conf', '[DEFAULT]\nhsot = x\nbind_port = many\nbacklog = 1\nhost = me\n[vxlan]\nold_ttl = 7\nttk = 1\n'])).toEqual([
    { kind: 'unknown', message: 'a.conf:2: unknown option [DEFAULT] hsot; did you mean host?' },
    { kind: 'invalid', message: expect.stringMatching(/^a\.conf:3: \[DEFAULT\] bind_port: .*many/) },
    { kind: 'no-effect', message: 'a.conf:4: known to OpenStack, but without effect here: [DEFAULT] backlog' },
    { kind: 'deprecated', message: 'a.conf:7: [vxlan] old_ttl is deprecated: use [vxlan] ttl' },
    { kind: 'unknown', message: 'a.conf:8: unknown option [vxlan] ttk; did you mean ttl?' },
  ]);
});

test('a value that a later file overrides is not the one that counts', () => {
  expect(check(['a.conf', '[DEFAULT]\nbind_port = many\n'], ['b.ini', '[DEFAULT]\nbind_port = 1\n'])).toEqual([]);
  expect(check(['a.conf', '[DEFAULT]\nbind_port = 1\n'], ['b.ini', '\n[DEFAULT]\nbind_port = 70000\n'])).toMatchObject([{ kind: 'invalid', message: expect.stringMatching(/^b\.ini:3: /) }]);
});
