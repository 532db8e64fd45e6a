import { redact } from '@neutrino/runtime/log/redact';
import type { JsonObject } from '@neutrino/lib/json';
import type { Exchange } from '../session.ts';

/** A request as a call of curl that does the same, and what came of it, without secrets. */
export function curlOf({ method, url, headers, body, status, answer, milliseconds }: Exchange): string {
  const shown = Object.entries(headers).map(([name, value]) => ` -H ${quoted(`${name}: ${name.toLowerCase() === 'x-auth-token' ? '***' : value}`)}`);
  const data = body === undefined ? '' : ` -d ${quoted(withoutSecrets(body))}`;
  return `curl -g -i -X ${method} ${quoted(url)}${shown.join('')}${data}\n  ${status === 0 ? 'no answer' : status} after ${milliseconds} ms ${withoutSecrets(answer)}\n`;
}

function withoutSecrets(value: JsonObject): string {
  return redact(JSON.stringify(value)).trimEnd();
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
