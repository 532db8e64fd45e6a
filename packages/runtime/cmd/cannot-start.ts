/** What its operator has to change before a program can run. The message says all: no stack is logged. */
export class CannotStart extends Error {
  override readonly name = 'CannotStart';
}

/** What listening on an address came to, for people. Other errors than those of the address come back as they are. */
export function listenFailure(error: unknown, address: string, port: number, option: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} of ${address} is taken by another program`,
    EADDRNOTAVAIL: `${address} is not an address of this machine`,
    EACCES: `this user may not listen on port ${port}`,
    ENOTFOUND: `${address} is not known`,
  };
  const reason = reasons[String(code)];
  return reason === undefined ? error : new CannotStart(`${option}: ${reason}`, { cause: error });
}
