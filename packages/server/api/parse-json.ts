import type { Json } from '@neutrino/lib/json';
import { badRequest } from './fault.ts';

const DEEPEST = 32;
const MALFORMED = 'The server could not comply with the request since it is either malformed or otherwise incorrect.';
const decoder = new TextDecoder('utf-8', { fatal: true });

/** The body of a request. Throws HTTPBadRequest for what is not UTF-8, not JSON, or nested too deep to walk safely. */
export function parseJson(bytes: Uint8Array): Json {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw badRequest(`${MALFORMED} The body is not UTF-8.`);
  }
  if (isDeep(text)) throw badRequest(`${MALFORMED} The body is nested more than ${DEEPEST} deep.`);
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw badRequest(MALFORMED);
  }
}

function isDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (inString) {
      if (code === 0x5c) at++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > DEEPEST) return true;
    } else if (code === 0x7d || code === 0x5d) depth--;
  }
  return false;
}
