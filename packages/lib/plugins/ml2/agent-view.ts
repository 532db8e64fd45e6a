import type { JsonObject } from '../../json.ts';

/** An agent as drivers and schedulers see it. */
export interface AgentView {
  readonly id: string;
  readonly agent_type: string;
  readonly binary: string;
  readonly host: string;
  readonly topic: string;
  readonly availability_zone: string | null;
  readonly admin_state_up: boolean;
  /** Heard from within `agent_down_time`. */
  readonly alive: boolean;
  /** When it last said that it had just started: "YYYY-MM-DD HH:MM:SS", UTC. */
  readonly started_at: string;
  readonly configurations: JsonObject;
}
