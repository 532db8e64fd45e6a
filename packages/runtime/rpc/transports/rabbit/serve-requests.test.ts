import { setImmediate as turn } from 'node:timers/promises';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { encodeRequest, type ReplyAddress } from './envelope.ts';
import { serveRequests } from './serve-requests.ts';

function served(concurrency = 2) {
  const events: string[] = [];
  const held: (() => void)[] = [];
  const methods = {
    work: async (_: unknown, { name }: { readonly name?: unknown }) => {
      events.push(`begins ${String(name)}`);
      await new Promise<void>((resolve) => held.push(resolve));
      return name as string;
    },
  };
  const confirmed: (() => void)[] = [];
  const answer = ({ messageId }: ReplyAddress, outcome: object): Promise<void> => {
    events.push(`answers ${messageId} ${JSON.stringify(outcome)}`);
    return new Promise((resolve) => confirmed.push(resolve));
  };
  const requests = serveRequests({ topic: 't', endpoints: [{ version: '1.0', methods }], concurrency, answer, log: pino({ level: 'silent' }) });
  const request = (name: string): Buffer => encodeRequest({ method: 'work', args: { name }, context: {} }, { messageId: `m-${name}`, replyQueue: 'q' });
  return { events, requests, request, receive: (body: unknown, name: string, redelivered = false) => requests.receive(body, () => void events.push(`acknowledged ${name}`), redelivered), release: () => held.shift()?.(), confirm: () => confirmed.shift()?.() };
}

test('a call is acknowledged when the broker has its answer, and another waits its turn', async () => {
  const { events, request, receive, release, confirm } = served();
  for (const name of ['a', 'b', 'c']) receive(request(name), name);
  expect(events).toEqual(['begins a', 'begins b']);
  release();
  await turn();
  expect(events.slice(2)).toEqual(['answers m-a {"result":"a"}', 'begins c']);
  confirm();
  await turn();
  expect(events.slice(4)).toEqual(['acknowledged a']);
});

test('a cast is acknowledged as it begins, and so is a call that was delivered before: it may be what killed who had it', () => {
  const { events, request, receive } = served();
  receive(encodeRequest({ method: 'work', args: { name: 'cast' }, context: {} }), 'cast');
  receive(request('a'), 'a', true);
  expect(events).toEqual(['acknowledged cast', 'begins cast', 'acknowledged a', 'begins a']);
});

test('what comes twice runs once', () => {
  const { events, request, receive } = served();
  const body = request('a');
  receive(body, 'a');
  receive(body, 'again');
  expect(events).toEqual(['begins a', 'acknowledged again']);
});

test('what cannot be read is acknowledged, for it would come again, and holds up nothing', () => {
  const { events, request, receive } = served();
  for (const junk of [Buffer.from('junk'), Buffer.from('{}'), Buffer.alloc(0), undefined]) receive(junk, 'junk');
  receive(request('a'), 'a');
  expect(events.slice(4)).toEqual(['begins a']);
});

test('draining lets end what runs, begins nothing, and leaves the rest to the broker', async () => {
  const { events, requests, request, receive, release, confirm } = served(1);
  for (const name of ['a', 'b']) receive(request(name), name);
  const drained = requests.drain();
  receive(request('c'), 'c');
  release();
  await turn();
  confirm();
  await drained;
  expect(events).toEqual(['begins a', 'answers m-a {"result":"a"}', 'acknowledged a']);
});

test('a name space that nobody here has is a version that is not served', async () => {
  const { events, receive } = served();
  const message = { method: 'work', args: {}, namespace: 'other', _msg_id: 'm', _reply_q: 'q' };
  receive({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify(message) }, 'a');
  await turn();
  expect(events.at(-1)).toContain('"type":"UnsupportedVersion"');
});
