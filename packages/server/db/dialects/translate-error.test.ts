import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { isLoss as isMariadbLoss, translateError as fromMariadb } from './mariadb/translate-error.ts';
import { isLoss as isPostgresLoss, translateError as fromPostgres } from './postgres/translate-error.ts';

const mariadb = (errno: number, message = 'refused'): Error => Object.assign(new Error(message), { errno, code: `ER_${String(errno)}`, sqlState: 'HY000' });
const socket = (code: string): Error => Object.assign(new Error(code), { code, fatal: true });
const postgres = (code: string, message = 'refused'): Error => Object.assign(new pg.DatabaseError(message, 0, 'error'), { code, table: 'ports' });

describe('an error of MariaDB', () => {
  test.each([
    [1062, 'UniqueViolation'], [1452, 'ForeignKeyViolation'], [1451, 'ForeignKeyViolation'],
    [1213, 'TransactionConflict'], [1205, 'TransactionConflict'], [1047, 'ConnectionLost'], [1053, 'ConnectionLost'],
    [1040, 'DatabaseUnavailable'], [1290, 'DatabaseUnavailable'], [1146, 'Error'], [1045, 'Error'],
  ])('%i is a %s', (errno, name) => {
    expect(fromMariadb(mariadb(errno), 'select 1').name).toBe(name);
  });

  test('of a duplicate names the table by the statement, as the message names the key alone', () => {
    expect(fromMariadb(mariadb(1062), 'insert into `ports` (`id`) values (?)')).toMatchObject({ table: 'ports' });
    expect(fromMariadb(mariadb(1062), 'update `networks` set `id` = ?')).toMatchObject({ table: 'networks' });
  });

  test("is Galera's certification that failed, also where it comes with the commit", () => {
    expect(fromMariadb(mariadb(1180, 'Got error 149 "Lock deadlock; Retry transaction" during COMMIT'), 'commit').name).toBe('TransactionConflict');
    expect(fromMariadb(mariadb(1213, 'Deadlock: wsrep aborted transaction'), 'commit').name).toBe('TransactionConflict');
    expect(fromMariadb(mariadb(1180, 'Got error 28 "No space left on device" during COMMIT'), 'commit').name).toBe('Error');
  });

  test.each(['ECONNREFUSED', 'ECONNRESET', 'PROTOCOL_CONNECTION_LOST', 'ETIMEDOUT', 'ENOTFOUND'])('of the socket, %s, ends the connection', (code) => {
    expect(fromMariadb(socket(code), '').name).toBe('ConnectionLost');
    expect(isMariadbLoss(socket(code))).toBe(true);
  });

  test('that is an answer leaves the connection, but for servers that are leaving or read-only', () => {
    expect([1062, 1213, 1146, 1040].map((errno) => isMariadbLoss(mariadb(errno)))).toEqual([false, false, false, false]);
    expect([1047, 1290].map((errno) => isMariadbLoss(mariadb(errno)))).toEqual([true, true]);
  });
});

describe('an error of PostgreSQL', () => {
  test.each([
    ['23505', 'UniqueViolation'], ['23503', 'ForeignKeyViolation'], ['40001', 'TransactionConflict'], ['40P01', 'TransactionConflict'],
    ['55P03', 'TransactionConflict'], ['57P01', 'ConnectionLost'], ['08006', 'ConnectionLost'], ['57P03', 'DatabaseUnavailable'],
    ['53300', 'DatabaseUnavailable'], ['25006', 'DatabaseUnavailable'], ['22021', 'UnstorableText'], ['42P01', 'error'],
  ])('%s is a %s', (code, name) => {
    expect(fromPostgres(postgres(code)).name).toBe(name);
  });

  test('of a duplicate names the table', () => {
    expect(fromPostgres(postgres('23505'))).toMatchObject({ table: 'ports' });
  });

  test('that no server sent is the end of the connection, and so is a plan that a migration outdated', () => {
    expect(fromPostgres(new Error('Connection terminated unexpectedly')).name).toBe('ConnectionLost');
    expect(fromPostgres(postgres('0A000', 'cached plan must not change result type')).name).toBe('ConnectionLost');
    expect(['23505', '40001', '42P01'].map((code) => isPostgresLoss(postgres(code)))).toEqual([false, false, false]);
    expect(['57P01', '25006', '08003'].map((code) => isPostgresLoss(postgres(code)))).toEqual([true, true, true]);
  });
});
