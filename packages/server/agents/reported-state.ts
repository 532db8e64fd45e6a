import { createHash } from 'node:crypto';
import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';

/** What an agent reported, checked: rows hold at most 255 characters of each name. */
export interface ReportedState {
  readonly binary: string;
  readonly host: string;
  readonly topic: string;
  readonly agent_type: string;
  readonly availability_zone: string | null;
  readonly configurations: JsonObject;
  /** Absent: as reported before. */
  readonly resource_versions?: JsonObject;
  readonly started: boolean;
}

/** As much as a column of text holds on every engine, bytes. */
const longestText = 65_535;

/** Reads `agent_state` of a report; throws InvalidInput where it does not say who reports. */
export function reportedState(value: unknown): ReportedState {
  if (!isJsonObject(value)) throw invalid('agent_state must be an object');
  const name = (key: string): string => {
    const text = value[key];
    if (typeof text !== 'string' || text === '' || text.length > 255) throw invalid(`agent_state.${key} must be a text of 1 to 255 characters`);
    return text;
  };
  const zone = value['availability_zone'];
  const versions = value['resource_versions'];
  return {
    binary: name('binary'),
    host: name('host'),
    topic: name('topic'),
    agent_type: name('agent_type'),
    availability_zone: typeof zone === 'string' && zone !== '' && zone.length <= 255 ? zone : null,
    configurations: isJsonObject(value['configurations']) ? storable('configurations', value['configurations']) : {},
    ...(isJsonObject(versions) ? { resource_versions: storable('resource_versions', versions) } : {}),
    started: value['start_flag'] === true,
  };
}

/**
 * Equal where two reports say the same. Versions are left out: agents tell them at their start only. `loadType`: what the
 * server takes from the report depends on it.
 */
export function reportDigest({ binary, topic, availability_zone, configurations }: ReportedState, loadType: string): string {
  return createHash('sha256').update(JSON.stringify([binary, topic, availability_zone, configurations, loadType])).digest('base64url');
}

function storable(key: string, value: JsonObject): JsonObject {
  if (Buffer.byteLength(JSON.stringify(value)) > longestText) throw invalid(`agent_state.${key} must have at most ${longestText} bytes as JSON`);
  return value;
}

/** Seconds by which the agent's clock is ahead of ours (negative: behind); undefined where `time` cannot be read. */
export function clockSkewSeconds(time: unknown): number | undefined {
  if (typeof time !== 'string') return undefined;
  // Agents send UTC without saying so: "2026-01-31T12:00:00.123456".
  const milliseconds = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`);
  return Number.isNaN(milliseconds) ? undefined : (milliseconds - Date.now()) / 1000;
}

function invalid(message: string): NeutronError {
  return new NeutronError(InvalidInput, { error_message: message });
}
