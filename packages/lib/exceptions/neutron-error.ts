import type { Json } from '../json.ts';

/** The parameters that a row of an error table formats into its message. */
export type ErrorParameters = Readonly<Record<string, Json | undefined>>;

/** One kind of error: `type` is what clients match on, `status` the HTTP status it maps to. */
export interface ErrorKind {
  readonly type: string;
  readonly status: number;
  /** Template: `%(name)s` is replaced by the parameter `name`. */
  readonly message: string;
}

/**
 * An error that the API reports as `{"NeutronError": {"type", "message", "detail"}}`, and that RPC
 * carries as class name and message. Only rows of the tables in this folder make them.
 */
export class NeutronError extends Error {
  readonly type: string;
  readonly status: number;
  readonly detail: string;
  readonly parameters: ErrorParameters;

  constructor(kind: ErrorKind, parameters: ErrorParameters = {}, detail = '') {
    super(formatMessage(kind.message, parameters));
    this.name = kind.type;
    this.type = kind.type;
    this.status = kind.status;
    this.parameters = parameters;
    this.detail = detail;
  }

  is(kind: ErrorKind): boolean {
    return this.type === kind.type;
  }
}

function formatMessage(template: string, parameters: ErrorParameters): string {
  return template.replace(/%\((\w+)\)s/g, (whole, name: string) => {
    const value = parameters[name];
    if (value === undefined) return whole;
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** True for any error, or for errors of one of `kinds` where kinds are given. */
export function isNeutronError(error: unknown, ...kinds: readonly ErrorKind[]): error is NeutronError {
  return error instanceof NeutronError && (kinds.length === 0 || kinds.some((kind) => error.type === kind.type));
}
