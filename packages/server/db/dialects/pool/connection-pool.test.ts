import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { defaultDatabaseSettings, type DatabaseSettings } from '../../database-settings.ts';
import { DatabaseUnavailable } from '../../errors.ts';
import { ConnectionPool, type PooledConnection } from './connection-pool.ts';

class Connection implements PooledConnection {
  broken = false;
  closed = false;
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }

  close(): void {
    this.closed = true;
  }
}

function pool(settings: Partial<DatabaseSettings> = {}): { readonly pool: ConnectionPool<Connection>; readonly opened: readonly Connection[] } {
  const opened: Connection[] = [];
  const open = async (): Promise<Connection> => {
    const connection = new Connection(opened.length);
    opened.push(connection);
    return connection;
  };
  return { pool: new ConnectionPool(open, { ...defaultDatabaseSettings, ...settings }), opened };
}

describe('a pool of connections', () => {
  test('gives the one back first that was used last', async () => {
    const { pool: connections, opened } = pool();
    const [first, second] = [await connections.acquire(), await connections.acquire()];
    connections.release(first);
    connections.release(second);
    expect(await connections.acquire()).toBe(second);
    expect(await connections.acquire()).toBe(first);
    expect(opened).toHaveLength(2);
  });

  test('has no more than it may, and serves those who wait in their order', async () => {
    const { pool: connections, opened } = pool({ maxPoolSize: 1, maxOverflow: 1 });
    const [first, second] = [await connections.acquire(), await connections.acquire()];
    const served: string[] = [];
    const wait = (name: string) => connections.acquire().then((connection) => (served.push(name), connection));
    const [a, b, c] = [wait('a'), wait('b'), wait('c')];
    connections.release(first);
    connections.release(second);
    connections.release(await a);
    await Promise.all([b, c]);
    expect(served).toEqual(['a', 'b', 'c']);
    expect(opened).toHaveLength(2);
  });

  test('lets nobody wait longer than pool_timeout, nor for a pool that is closed', async () => {
    const { pool: connections } = pool({ maxPoolSize: 1, maxOverflow: 0, poolTimeoutSeconds: 0.02 });
    const only = await connections.acquire();
    await expect(connections.acquire()).rejects.toThrow(DatabaseUnavailable);
    const waiting = connections.acquire();
    connections.close();
    await expect(waiting).rejects.toThrow('closed');
    connections.release(only);
    expect(only.closed).toBe(true);
    await expect(connections.acquire()).rejects.toThrow('closed');
  });

  test('closes what is broken or old rather than giving it out, and opens another for who waits', async () => {
    const { pool: connections, opened } = pool({ maxPoolSize: 1, maxOverflow: 0, connectionRecycleSeconds: 0 });
    const first = await connections.acquire();
    const waiting = connections.acquire();
    first.broken = true;
    connections.release(first);
    const second = await waiting;
    expect([first.closed, second.number]).toEqual([true, 1]);
    connections.release(second);
    await sleep(5);
    expect((await connections.acquire()).number).toBe(2);
    expect(opened[1]?.closed).toBe(true);
  });

  test('forgets its idle ones after a loss', async () => {
    const { pool: connections, opened } = pool();
    const held = await Promise.all([connections.acquire(), connections.acquire(), connections.acquire()]);
    for (const connection of held.slice(1)) connections.release(connection);
    connections.dropIdle();
    expect(opened.map(({ closed }) => closed)).toEqual([false, true, true]);
    expect((await connections.acquire()).number).toBe(3);
  });
});
