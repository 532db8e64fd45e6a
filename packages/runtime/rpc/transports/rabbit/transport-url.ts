/** A broker of the cluster. */
export interface BrokerAddress {
  /** A name or an address, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

export interface TransportUrl {
  readonly brokers: readonly [BrokerAddress, ...BrokerAddress[]];
  readonly virtualHost: string;
  /** Options of [oslo_messaging_rabbit] that override the file's. */
  readonly query: ReadonlyMap<string, string>;
}

const schemes = ['rabbit', 'kombu'];

/**
 * Reads oslo.messaging's transport URL: `rabbit://user:password@host:port,user:password@host:port/virtual_host?ssl=1`.
 * Names and passwords are percent-encoded. Throws an Error that quotes nothing of the URL, which holds secrets.
 */
export function parseTransportUrl(text: string): TransportUrl {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/i.exec(text.trim());
  if (match === null) throw new Error('it must look like rabbit://user:password@host:port/virtual_host');
  const [, scheme = '', authority = '', path = '', query = ''] = match;
  if (!schemes.includes(scheme.toLowerCase())) throw new Error(`there is no transport "${scheme}"; there is rabbit`);
  const hosts = authority.split(',').filter((host) => host !== '');
  if (new Set(hosts.map((host) => host.includes('@'))).size > 1) throw new Error('every host needs user and password, or none');
  const [first, ...others] = hosts.map(parseBroker);
  return {
    // As oslo.messaging has it, the URL may name no host at all.
    brokers: [first ?? parseBroker(''), ...others],
    virtualHost: path === '' ? '/' : decode(path, 'the virtual host'),
    query: new Map(new URLSearchParams(query)),
  };
}

const DEFAULT_PORT = 5672;
/** The user that every broker has, if only for its own machine. */
const DEFAULT_USER = 'guest';

function parseBroker(text: string): BrokerAddress {
  const at = text.lastIndexOf('@');
  const [username, password] = at === -1 ? ['', ''] : splitOnce(text.slice(0, at), ':');
  const address = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d*))?$/.exec(text.slice(at + 1));
  if (address === null) throw new Error('a host must be written name:port, address:port or [IPv6 address]:port');
  const [, ipv6, name, digits = ''] = address;
  const port = digits === '' ? DEFAULT_PORT : Number(digits);
  if (port < 1 || port > 65_535) throw new Error('a port must be a number from 1 to 65535');
  return {
    hostname: (ipv6 ?? name) || 'localhost',
    port,
    username: decode(username, 'a user name') || DEFAULT_USER,
    password: decode(password, 'a password') || DEFAULT_USER,
  };
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error(`${what} has a "%" that two hexadecimal digits do not follow; write a "%" as %25`);
  }
}
