import { readdirSync, readFileSync } from 'node:fs';
import { shell, until } from './steps.ts';

/** What an installation does when it runs, as it can be seen on the controller. */

export async function untilAnswers(): Promise<void> {
  await until(async () => ((answer) => (answer.status === 200 ? undefined : `the API answers ${answer.status}`))(await fetch('http://192.168.56.11:9696/')));
}

/** What is not as it should be with the provider's network: its dnsmasq in a namespace, and the host's address on the bridge that has eth0. */
export async function assertDhcpServes(): Promise<string | undefined> {
  if (dhcpProcess() === undefined) return 'there is no dnsmasq';
  const { addresses, links, pings } = await seen();
  if (!/^brq\S+ .*192\.168\.56\.11\/24/m.test(addresses)) return `the host's address is not on a bridge:\n${addresses}`;
  if (!/eth0[@:].* master brq/.test(links) || !/tap\S+: .* master brq/.test(links)) return `eth0 and DHCP's device are not both on a bridge:\n${links}`;
  return / 0% packet loss/.test(pings) ? undefined : `DHCP's address does not answer:\n${pings}`;
}

async function seen(): Promise<{ readonly addresses: string; readonly links: string; readonly pings: string }> {
  const [addresses = '', links = '', pings = ''] = (
    await shell('ip -br -4 address; echo ===; ip -o link; echo ===; ping -n -c1 -W10 192.168.56.100', { accept: true })
  ).split('===\n');
  return { addresses, links, pings };
}

/** The number of the one dnsmasq; undefined where there is none. */
export function dhcpProcess(): number | undefined {
  const numbers = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = numbers.filter((number) => nameOf(number) === 'dnsmasq');
  if (found.length > 1) throw new Error(`there are ${found.length} of dnsmasq`);
  return found[0] === undefined ? undefined : Number(found[0]);
}

function nameOf(number: string): string {
  try {
    return readFileSync(`/proc/${number}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}
