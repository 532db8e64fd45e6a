import { expect, test } from 'vitest';
import { AgentFailover } from './agent-failover.ts';

const downTime = 60;
/** Half a down time, as often as it is looked. */
const half = (downTime / 2) * 1000;

interface Scene {
  readonly failover: AgentFailover<string>;
  /** Agents that are heard. */
  readonly alive: Set<string>;
  database: 'there' | 'away';
}

/** Each of two agents has one thing, of its own name. */
function scene(): Scene {
  const alive = new Set<string>();
  const made: Scene = {
    alive,
    database: 'there',
    failover: new AgentFailover<string>({
      what: 'things',
      agents: 'agents',
      find: async () => {
        if (made.database === 'away') throw new Error('the database is away');
        return ['a', 'b'].filter((agent) => !alive.has(agent));
      },
      hasCandidates: async () => alive.size > 0,
      move: async (dead) => dead.length,
      agentDownTimeSeconds: downTime,
      log: { warn: () => undefined, error: () => undefined },
    }),
  };
  return made;
}

test('however long nobody was heard, the first that is heard gets nothing before the others had time to report', async () => {
  const { failover, alive } = scene();
  for (let look = 0; look < 10; look++) expect(await failover.check(look * half)).toBe(0);
  // Just before the next look, which may be the one at which the wait is over.
  alive.add('a');
  expect(await failover.check(10 * half)).toBe(0);
  expect(await failover.check(11 * half)).toBe(1);
});

test('after a database that was away nothing is moved before agents had time to report', async () => {
  const made = scene();
  const { failover, alive } = made;
  alive.add('a');
  alive.add('b');
  made.database = 'away';
  for (let look = 0; look < 12; look++) expect(await failover.check(look * half)).toBe(0);
  made.database = 'there';
  alive.delete('b');
  for (let look = 12; look < 15; look++) expect(await failover.check(look * half)).toBe(0);
  expect(await failover.check(15 * half)).toBe(1);
});
