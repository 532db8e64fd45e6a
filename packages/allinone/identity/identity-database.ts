import { chmodSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';

type Bool = 0 | 1;

/** What every collection has. `seq` is the order of creation; `extra` holds further attributes as JSON. */
interface Entity {
  id: string;
  extra: string;
}
interface Named extends Entity {
  name: string;
  description: string;
}

export interface IdentityTables {
  domains: Named & { enabled: Bool };
  projects: Named & { domain_id: string; parent_id: string; enabled: Bool };
  users: Entity & {
    name: string;
    domain_id: string;
    enabled: Bool;
    default_project_id: string | null;
    /** See password-hash.ts; null: this user cannot log in with a password. */
    password_hash: string | null;
    /** Milliseconds since the epoch: older tokens are void. */
    tokens_valid_from: number;
  };
  roles: Named;
  /** Who holds which role where; `target_id` is a project, or a domain in the second table. */
  project_grants: { target_id: string; user_id: string; role_id: string };
  domain_grants: { target_id: string; user_id: string; role_id: string };
  services: Named & { type: string; enabled: Bool };
  regions: Entity & { description: string; parent_region_id: string | null };
  endpoints: Entity & {
    service_id: string;
    interface: string;
    region_id: string | null;
    url: string;
    enabled: Bool;
    /** Made by the start of this service, which keeps its URL up to date. */
    bootstrapped: Bool;
  };
  /** `expires_at` in milliseconds since the epoch: later the entry is of no use. */
  revoked_tokens: { audit_id: string; expires_at: number };
}

export type IdentityDb = Kysely<IdentityTables>;

export interface IdentityDatabase extends AsyncDisposable {
  readonly db: IdentityDb;
  /** A number that differs after every change of the data. */
  version(): number;
}

const SCHEMA_VERSION = 1;
const ENTITY = `seq integer primary key autoincrement, id text not null unique, extra text not null default '{}'`;
const NAMED = `${ENTITY}, name text not null, description text not null default ''`;
const ENABLED = 'enabled integer not null default 1';
const grants = (table: string, target: string): string => `
  create table ${table} (
    target_id text not null references ${target}(id) on delete cascade,
    user_id text not null references users(id) on delete cascade,
    role_id text not null references roles(id) on delete cascade,
    primary key (target_id, user_id, role_id)) without rowid;`;
const SCHEMA = `
  create table domains (${NAMED}, ${ENABLED}, unique (name));
  create table projects (${NAMED}, ${ENABLED}, domain_id text not null references domains(id) on delete cascade, parent_id text not null, unique (domain_id, name));
  create table users (${ENTITY}, ${ENABLED}, name text not null, domain_id text not null references domains(id) on delete cascade,
    default_project_id text references projects(id) on delete set null, password_hash text, tokens_valid_from integer not null default 0, unique (domain_id, name));
  create table roles (${NAMED}, unique (name));
  ${grants('project_grants', 'projects')}
  ${grants('domain_grants', 'domains')}
  create table services (${NAMED}, ${ENABLED}, type text not null);
  create table regions (${ENTITY}, description text not null default '', parent_region_id text references regions(id));
  create table endpoints (${ENTITY}, ${ENABLED}, service_id text not null references services(id) on delete cascade, interface text not null,
    region_id text references regions(id), url text not null, bootstrapped integer not null default 0);
  create table revoked_tokens (audit_id text primary key, expires_at integer not null) without rowid;
  pragma user_version = ${SCHEMA_VERSION};`;

/** Opens the file, and makes it where it is missing. Throws where it was made by a later version. */
export function openIdentityDatabase(file: string): IdentityDatabase {
  const handle = new BetterSqlite3(file, { timeout: 5000 });
  // Password hashes are in here, and SQLite gives the files beside it the same mode.
  chmodSync(file, 0o600);
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = FULL');
  handle.pragma('foreign_keys = ON');
  const version = handle.pragma('user_version', { simple: true });
  if (version === 0) handle.transaction(() => handle.exec(SCHEMA))();
  else if (version !== SCHEMA_VERSION) {
    handle.close();
    throw new Error(`${file} has schema version ${String(version)}; this program knows version ${SCHEMA_VERSION}`);
  }
  const changes = handle.prepare<[], number>('select total_changes()').pluck();
  const db = new Kysely<IdentityTables>({ dialect: new SqliteDialect({ database: handle }) });
  return { db, version: () => changes.get() ?? 0, [Symbol.asyncDispose]: () => db.destroy() };
}

/** True where a write failed because what it names is taken. */
export function isUniqueViolation(error: unknown): boolean {
  return error instanceof BetterSqlite3.SqliteError && (error.code === 'SQLITE_CONSTRAINT_UNIQUE' || error.code === 'SQLITE_CONSTRAINT_PRIMARYKEY');
}

/** True where a write failed because it refers to something that does not exist, or that something else still refers to. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof BetterSqlite3.SqliteError && error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY';
}
