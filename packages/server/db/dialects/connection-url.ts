/** A database URL as SQLAlchemy reads it: dialect+driver://user:password@host:port/database?option=value */
export interface ConnectionUrl {
  /** Without the driver: "mysql". */
  readonly dialect: string;
  readonly user?: string;
  readonly password?: string;
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly options: ReadonlyMap<string, string>;
}

const URL_PARTS = /^(?<dialect>[\w]+)(?:\+\w+)?:\/\/(?:(?<user>[^:/@]*)(?::(?<password>[^@]*))?@)?(?:\[(?<ipv6>[^\]/]*)\]|(?<host>[^:/?@]*))?(?::(?<port>\d*))?(?:\/(?<database>[^?]*))?(?:\?(?<options>.*))?$/;

/** User, password and the values of options may be percent-encoded. Throws an Error that does not show the password. */
export function parseConnectionUrl(text: string): ConnectionUrl {
  const parts = URL_PARTS.exec(text.trim())?.groups;
  if (parts === undefined) throw new Error('[database] connection: expected engine://user:password@host:port/database (an @, : or / in a password is written %40, %3A, %2F)');
  const { dialect = '', user, password, ipv6, host, port, database, options } = parts;
  const machine = ipv6 ?? host;
  return {
    dialect,
    ...(given(user) && { user: decoded(user) }),
    ...(given(password) && { password: decoded(password) }),
    ...(given(machine) && { host: machine }),
    ...(given(port) && { port: Number(port) }),
    ...(given(database) && { database: decoded(database) }),
    options: new Map(new URLSearchParams(options ?? '')),
  };
}

function given(part: string | undefined): part is string {
  return part !== undefined && part !== '';
}

/** A percent sign that encodes nothing stands for itself. */
function decoded(part: string): string {
  return part.replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

/** `yes`, `true`, `1` … of an option of a URL. */
export function isYes(value: string): boolean {
  return ['1', 'true', 'yes', 'on'].includes(value.toLowerCase());
}
