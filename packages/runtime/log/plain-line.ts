import { isJsonObject, type Json } from '@neutrino/lib/json';

const levels: Readonly<Record<number, string>> = { 10: 'TRACE', 20: 'DEBUG', 30: 'INFO', 40: 'WARNING', 50: 'ERROR', 60: 'CRITICAL' };

/** A line of log for people: time, level, program, message, fields, and below it the stack of an error. */
export function plainLine(json: string): string {
  const { time, level, name, pid, msg, err, ...fields } = JSON.parse(json) as Record<string, Json>;
  const head = [String(time), String(pid), levels[Number(level)] ?? String(level), `${String(name)}:`];
  const body = [...(msg === undefined ? [] : [String(msg)]), ...Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`)];
  return `${[...head, ...body].join(' ')}${errorText(err)}\n`;
}

function fieldText(value: Json): string {
  return typeof value === 'string' && !/[\s"=]/.test(value) ? value : JSON.stringify(value);
}

function errorText(error: Json | undefined): string {
  if (error === undefined) return '';
  const text = isJsonObject(error) ? String(error['stack'] ?? error['message']) : JSON.stringify(error);
  return `\n${text}`.replaceAll('\n', '\n    ');
}
