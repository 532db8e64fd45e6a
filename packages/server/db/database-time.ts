/** Now (or `date`) as the tables hold times: "YYYY-MM-DD HH:MM:SS", UTC. */
export function databaseTime(date: Date = new Date()): string {
  return date.toISOString().slice(0, 19).replace('T', ' ');
}

/** A stored time as the API shows it: "YYYY-MM-DDTHH:MM:SSZ". */
export function apiTime(stored: string): string {
  return `${stored.replace(' ', 'T')}Z`;
}
