import { isJsonObject } from '@neutrino/lib/json';
import type { ToldChange } from '@neutrino/lib/rpc/agent-changes';

export function isToldChange(value: unknown): value is ToldChange {
  if (!isJsonObject(value)) return false;
  const { kind, subject, object, revision } = value;
  return typeof kind === 'string' && typeof subject === 'string' && typeof object === 'string' && typeof revision === 'number';
}
