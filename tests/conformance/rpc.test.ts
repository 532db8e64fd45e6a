import { readFileSync } from 'node:fs';
import type { JsonObject } from '@neutrino/lib/json';
import { beforeAll, describe, expect, test } from 'vitest';
import { differences } from './rpc/differences.ts';
import { holdConversation, type Recorded } from './rpc/hold-conversation.ts';
import { deliberate } from './rpc/deliberate.ts';
import { notTold } from './rpc/not-told.ts';
import { ourCloud } from './rpc/our-cloud.ts';
import { recordings } from './rpc/recordings.ts';

describe.each(recordings)('the conversation in $file', ({ file, servicePlugins, conversation }) => {
  const zed = JSON.parse(readFileSync(new URL(`rpc/${file}`, import.meta.url), 'utf8')) as readonly Recorded[];
  let ours: ReadonlyMap<string, Recorded>;

  beforeAll(async () => {
    const expected = new Map(zed.map(({ title, heard = [] }) => [title, heard]));
    await using cloud = await ourCloud(servicePlugins);
    const isAll = (title: string, heard: readonly JsonObject[]): boolean => notTold(expected.get(title) ?? [], heard, (line) => isDeliberate(title, line)).length === 0;
    ours = new Map((await holdConversation(cloud, conversation, { isAll })).map((each) => [each.title, each]));
  });

  test('is the one that was held with Neutron', () => {
    expect(conversation.acts.map(({ title }) => title)).toEqual(zed.map(({ title }) => title));
  });

  describe('what agents from Newton to Zed ask gets the answer that Neutron gives', () => {
    test.each(zed.filter(({ method }) => method !== undefined).map((each) => [each.title, each] as const))('%s', (title, { answer, error }) => {
      const mine = ours.get(title);
      if (error !== undefined && mine?.error === undefined && isDeliberate(title, error.type)) return;
      expect(mine?.error).toEqual(error);
      expect(differences(answer, mine?.answer).filter((line) => !isDeliberate(title, line))).toEqual([]);
    });
  });

  describe('agents hear of what happens, all that Neutron tells them', () => {
    test.each(zed.filter(({ heard = [] }) => heard.length > 0).map((each) => [each.title, each] as const))('%s', (title, { heard = [] }) => {
      expect(notTold(heard, ours.get(title)?.heard ?? [], (line) => isDeliberate(title, line))).toEqual([]);
    });
  });
});

test('differences that are meant are there', () => {
  expect(deliberate.filter(({ used }) => !used)).toEqual([]);
});

function isDeliberate(title: string, line: string): boolean {
  const found = deliberate.find((each) => each.in.test(title) && each.line.test(line));
  if (found !== undefined) found.used = true;
  return found !== undefined;
}
