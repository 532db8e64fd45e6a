import { badRequest } from './fault.ts';

/** `If-Match: revision_number=N`: the revision that the client has seen; undefined where it does not say. */
export function revisionOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const match = /^\s*"?revision_number=(\d{1,15})"?\s*$/.exec(header);
  if (match === null) throw badRequest('If-Match must be of the form revision_number=N');
  return Number(match[1]);
}
