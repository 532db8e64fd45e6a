import { describe, expect, test } from 'vitest';
import { connectionOptions } from './mariadb/connection-options.ts';
import { clientConfigs } from './postgres/client-configs.ts';
import { parseConnectionUrl } from './connection-url.ts';

describe('a database URL', () => {
  test('is read as SQLAlchemy reads it', () => {
    expect(parseConnectionUrl('mysql+pymysql://neutron:s%40c%2Fr%3Aet%25@db.example:3307/neutron?charset=utf8')).toEqual({
      dialect: 'mysql', user: 'neutron', password: 's@c/r:et%', host: 'db.example', port: 3307, database: 'neutron', options: new Map([['charset', 'utf8']]),
    });
    expect(parseConnectionUrl('postgresql://u:p+w@[fd00::1]/d')).toMatchObject({ user: 'u', password: 'p+w', host: 'fd00::1', database: 'd' });
    expect(parseConnectionUrl('mysql://u:100%@h/d')).toMatchObject({ password: '100%' });
    expect(parseConnectionUrl('mysql:///d?unix_socket=/run/mysqld/mysqld.sock')).toEqual({ dialect: 'mysql', database: 'd', options: new Map([['unix_socket', '/run/mysqld/mysqld.sock']]) });
    expect(parseConnectionUrl('mysql://u@h')).toEqual({ dialect: 'mysql', user: 'u', host: 'h', options: new Map() });
  });

  test('that cannot be read is not shown, as it holds a password', () => {
    for (const wrong of ['mysql:/u:s3cret@h/d', 'mysql://u:s3cret@h:port/d', 'mysql://u:s3@cret@h/d']) {
      expect(() => parseConnectionUrl(wrong)).toThrow(expect.not.objectContaining({ message: expect.stringContaining('cret') }));
    }
  });
});

describe('options of a MariaDB URL', () => {
  test('choose the socket, the character set never, and TLS by what files are named', () => {
    expect(connectionOptions('mysql+pymysql://u:p@h/d?charset=utf8').options).toMatchObject({ host: 'h', port: 3306, user: 'u', password: 'p', database: 'd', charset: 'utf8mb4_bin' });
    expect(connectionOptions('mysql://u@h/d?unix_socket=/s').options).toMatchObject({ socketPath: '/s' });
    expect(connectionOptions('mysql://u@h/d').options.ssl).toBeUndefined();
    expect(connectionOptions('mysql://u@h/d?ssl=true').options.ssl).toEqual({ rejectUnauthorized: false, verifyIdentity: false });
    const certificate = import.meta.filename;
    expect(connectionOptions(`mysql://u@h/d?ssl_ca=${certificate}`)).toMatchObject({ options: { ssl: { rejectUnauthorized: true, verifyIdentity: true } }, warnings: [] });
    expect(connectionOptions(`mysql://u@10.0.0.1/d?ssl_ca=${certificate}`)).toMatchObject({ options: { ssl: { verifyIdentity: false } }, warnings: [expect.stringContaining('not whose it is')] });
    expect(() => connectionOptions('mysql://u@h/d?ssl_ca=/no/such/file')).toThrow('ssl_ca: cannot read /no/such/file');
  });

  test('that are not known are named, and a URL without a database is refused', () => {
    expect(connectionOptions('mysql://u@h/d?charset=utf8&read_timeout=3').warnings).toEqual(['[database] connection: the option read_timeout of the URL has no effect']);
    expect(() => connectionOptions('mysql://u@h')).toThrow('names no database');
  });
});

describe('options of a PostgreSQL URL', () => {
  const sslOf = (url: string): readonly unknown[] => clientConfigs(url).configs.map(({ ssl }) => ssl);

  test('encrypt and check as libpq does', () => {
    expect(sslOf('postgresql://u@h/d?sslmode=disable')).toEqual([false]);
    // TLS where the server has it.
    expect(sslOf('postgresql://u@h/d')).toEqual([expect.objectContaining({ rejectUnauthorized: false }), false]);
    expect(sslOf('postgresql://u@h/d?sslmode=require')).toEqual([expect.objectContaining({ rejectUnauthorized: false })]);
    expect(sslOf('postgresql://u@h/d?sslmode=verify-ca')).toEqual([expect.objectContaining({ rejectUnauthorized: true, checkServerIdentity: expect.any(Function) })]);
    expect(sslOf('postgresql://u@h/d?sslmode=verify-full')).toEqual([{ rejectUnauthorized: true }]);
    expect(sslOf('postgresql:///d?host=/run/postgresql')).toEqual([false]);
    expect(() => sslOf('postgresql://u@h/d?sslmode=yes')).toThrow('sslmode: expected one of disable');
  });

  test('that are not known are named', () => {
    const { configs, warnings } = clientConfigs('postgresql+psycopg2://u:p@h:5433/d?client_encoding=utf8&service=x');
    expect(configs[0]).toMatchObject({ host: 'h', port: 5433, user: 'u', password: 'p', database: 'd' });
    expect(warnings).toEqual(['[database] connection: the option service of the URL has no effect']);
  });
});
