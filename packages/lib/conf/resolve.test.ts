import { expect, expectTypeOf, test } from 'vitest';
import { defineSections, option } from './option.ts';
import { int, list, multi, optional, str } from './option-types.ts';
import { parseOsloFile } from './oslo-file.ts';
import { ConfigError, resolveConfig, type ConfigSources } from './resolve.ts';

const sections = defineSections({
  DEFAULT: {
    state_path: option({ type: str(), default: '/var/lib/neutron', help: '' }),
    bind_port: option({ type: int({ min: 0, max: 65535 }), default: 9696, help: '', deprecated: ['port', 'api.port'] }),
    confs: option({ type: str(), default: '$state_path/dhcp', help: '' }),
    secret: option({ type: int(), default: 0, help: '', secret: true }),
    gone: option({ type: str(), default: '', help: '', deprecatedForRemoval: 'it does nothing; remove it' }),
    url: option({ type: str(), default: '', help: '', outdatedValue: (url) => (url.includes('35357') ? 'old port' : undefined) }),
  },
  ml2: {
    drivers: option({ type: list(str()), default: ['flat'], help: '' }),
    each: option({ type: multi(str()), default: [], help: '', multi: true, deprecated: ['every'] }),
    ttl: option({ type: optional(int()), default: null, help: '' }),
  },
});
const resolve = (texts: readonly string[], more: Partial<ConfigSources> = {}) =>
  resolveConfig(sections, { files: texts.map((text, index) => parseOsloFile(text, `f${index + 1}`)), ...more });
const messages = (texts: readonly string[], more: Partial<ConfigSources> = {}) => resolve(texts, more).warnings.map(({ kind, message }) => `${kind}: ${message}`);
const problems = (text: string): readonly string[] => {
  try {
    resolve([text]);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  return [];
};

test('defaults hold where nothing is given, with references in them resolved', () => {
  const { values, warnings } = resolve(['[DEFAULT]\nstate_path = /srv']);
  expect(values.DEFAULT.confs).toBe('/srv/dhcp');
  expect(values.ml2).toEqual({ drivers: ['flat'], each: [], ttl: null });
  expect(warnings).toEqual([]);
  expectTypeOf(values.DEFAULT.bind_port).toEqualTypeOf<number>();
  expectTypeOf(values.ml2.ttl).toEqualTypeOf<number | null>();
  expectTypeOf(values.ml2.drivers).toEqualTypeOf<readonly string[]>();
});

test('the last file wins, in a file the last line, and the command line over all', () => {
  expect(resolve(['[DEFAULT]\nbind_port = 1\nbind_port = 2']).values.DEFAULT.bind_port).toBe(2);
  expect(resolve(['[DEFAULT]\nbind_port = 1', '[DEFAULT]\nbind_port = 3']).values.DEFAULT.bind_port).toBe(3);
  const overrides = [{ section: 'DEFAULT', name: 'bind_port', value: '4' }];
  expect(resolve(['[DEFAULT]\nbind_port = 1'], { overrides }).values.DEFAULT.bind_port).toBe(4);
});

test('an option may send the reader to another section for some of its own', () => {
  const other = defineSections({
    auth: {
      auth_section: option({ type: optional(str()), default: null, help: '', namesSectionOf: ['user', 'password'] }),
      user: option({ type: str(), default: 'nobody', help: '', deprecated: ['admin_user'] }),
      password: option({ type: str(), default: '', help: '' }),
      timeout: option({ type: int(), default: 1, help: '' }),
    },
  });
  const read = (...texts: readonly string[]) => resolveConfig(other, { files: texts.map((text, index) => parseOsloFile(text, `f${index + 1}`)) });
  const text = '[auth]\nauth_section = shared\nuser = mine\ntimeout = 2\n[shared]\nadmin_user = theirs\npassword = p\ntimeout = 3\n';
  expect(read(text).values.auth).toMatchObject({ user: 'theirs', password: 'p', timeout: 2 });
  expect(read(text).warnings.map(({ message }) => message)).toEqual(['f1:6: [shared] admin_user is deprecated: use [auth] user', 'f1:8: unknown section of option [shared] timeout']);
  expect(read('[auth]\nauth_section = \nuser = mine\n').values.auth.user).toBe('mine');
  expect(read('[auth]\nauth_section = auth\nuser = mine\n').values.auth.user).toBe('mine');
  expect(read('[shared]\nuser = theirs\n', '[auth]\nauth_section = shared\n').values.auth.user).toBe('theirs');
});

test('a multi-valued option gathers every occurrence of every file', () => {
  expect(resolve(['[ml2]\neach = a\neach = b', '[ML2]\neach = c']).values.ml2.each).toEqual(['a', 'b', 'c']);
});

test('an older name is understood, in any file, and reported once', () => {
  expect(resolve(['[DEFAULT]\nport = 1']).values.DEFAULT.bind_port).toBe(1);
  expect(resolve(['[DEFAULT]\nbind_port = 1', '[API]\nport = 2']).values.DEFAULT.bind_port).toBe(2);
  expect(resolve(['[DEFAULT]\nbind_port = 1\nport = 2']).values.DEFAULT.bind_port).toBe(1);
  expect(messages(['[DEFAULT]\nport = 1', '[DEFAULT]\nport = 2'])).toEqual(['deprecated: f1:2: [DEFAULT] port is deprecated: use [DEFAULT] bind_port']);
});

test('an option that will go and a value of former days are reported', () => {
  expect(messages(['[DEFAULT]\ngone = x\nurl = http://k:35357'])).toEqual([
    'deprecated: f1:2: [DEFAULT] gone is deprecated: it does nothing; remove it',
    'deprecated: f1:3: [DEFAULT] url: old port',
  ]);
});

test('a misspelt option or section is reported with the nearest name', () => {
  expect(messages(['[DEFAULT]\nbind_prot = 1\nquite_another = 2\n[ml3]\ndrivers = x'])).toEqual([
    'unknown: f1:2: unknown option [DEFAULT] bind_prot; did you mean bind_port?',
    'unknown: f1:3: unknown option [DEFAULT] quite_another',
    'unknown: f1:5: unknown section of option [ml3] drivers; did you mean [ml2]?',
  ]);
  expect(messages(['[DEFAULT]\ndrivers = x'])).toEqual(['unknown: f1:2: unknown option [DEFAULT] drivers; did you mean the one of section [ml2]?']);
});

test('options of other programs are passed over, and those without effect are named in one line a section', () => {
  const more = { otherPrograms: { database: ['connection'] }, known: { nova: ['auth_url', 'username'], cors: ['*'] } };
  expect(messages(['[database]\nconnection = x\n[nova]\nauth_url = x\nusername = y\n[cors]\nz = 1'], more)).toEqual([
    'no-effect: f1:4: known to OpenStack, but without effect here: [nova] auth_url, username',
    'no-effect: f1:7: known to OpenStack, but without effect here: [cors] z',
  ]);
});

test('all bad values are told at once, with file, line and reason; a secret one is not quoted', () => {
  expect(problems('[DEFAULT]\nbind_port = high\nsecret = hunter2')).toEqual([
    'f1:2: [DEFAULT] bind_port: expected whole number from 0 to 65535, found "high"',
    'f1:3: [DEFAULT] secret: not whole number (the value is secret)',
  ]);
});

test('references reach the same section, DEFAULT, and other sections', () => {
  const { values } = resolve(['[DEFAULT]\nstate_path = /s\nurl = ${ml2.drivers}:$bind_port\n[ml2]\ndrivers = $state_path/a,$ttl\nttl = 5']);
  expect(values.ml2.drivers).toEqual(['/s/a', '5']);
  expect(values.DEFAULT.url).toBe('/s/a,5:9696');
});

test('a dollar sign is written twice, after a backslash, or before what is no name', () => {
  expect(resolve(['[DEFAULT]\nurl = a$$b\\$state_path$1 $']).values.DEFAULT.url).toBe('a$b$state_path$1 $');
});

test('a reference to nothing and one to itself are refused', () => {
  expect(problems('[DEFAULT]\nurl = pa$word')).toEqual(['f1:2: [DEFAULT] url: it refers to $word, and there is no such option (a dollar sign itself is written $$)']);
  expect(problems('[DEFAULT]\nstate_path = $confs')[0]).toContain('it refers to itself');
});

test('values are frozen', () => {
  const { values } = resolve([]);
  expect(Object.isFrozen(values) && Object.isFrozen(values.ml2)).toBe(true);
});
