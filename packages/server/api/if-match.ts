import { BadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';

const PREFIX = 'revision_number=';

/** `If-Match: revision_number=N`: the revision that the client has seen; undefined where it does not say. Other tags mean nothing here. */
export function revisionOf(header: string | undefined): number | undefined {
  const tags = (header ?? '').split(',').map((tag) => tag.trim().replace(/^(W\/)?"(.*)"$/, '$2'));
  const [revision, ...others] = tags.filter((tag) => tag.startsWith(PREFIX)).map((tag) => tag.slice(PREFIX.length).trim());
  if (revision === undefined) return undefined;
  if (others.length > 0) refuse('Multiple revision_number etags are not supported.');
  if (!/^[+-]?\d{1,15}$/.test(revision)) refuse('Revision number etag must be in the format of revision_number=<int>');
  return Number(revision);
}

function refuse(msg: string): never {
  throw new NeutronError(BadRequest, { resource: 'if-match', msg });
}
