import type { LabHost } from './lab-host.ts';
import { startService, type HostService } from './host-service.ts';

/** RabbitMQ on a host, at its usual port. */
export interface RabbitmqService extends HostService {
  /** `rabbitmqctl`; gives what it printed. */
  control(...args: readonly string[]): Promise<string>;
}

const ENVIRONMENT = {
  LANG: 'C.UTF-8',
  HOME: '/var/lib/rabbitmq',
  RABBITMQ_CONF_ENV_FILE: '/dev/null',
  RABBITMQ_CONFIG_FILE: '/etc/rabbitmq/rabbitmq.conf',
  RABBITMQ_ENABLED_PLUGINS_FILE: '/etc/rabbitmq/enabled_plugins',
  RABBITMQ_MNESIA_BASE: '/var/lib/rabbitmq/mnesia',
  RABBITMQ_LOG_BASE: '/var/log/rabbitmq',
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2',
  // Makes the script become the broker rather than wait for it.
  detached: 'yes',
};

/** With one user, who may do everything. `settings`: lines of rabbitmq.conf. */
export async function startRabbitmqService(host: LabHost, user: string, password: string, settings: readonly string[] = []): Promise<RabbitmqService> {
  host.write(
    ENVIRONMENT.RABBITMQ_CONFIG_FILE,
    [`default_user = ${user}`, `default_pass = ${password}`, 'log.console = true', 'log.console.level = warning', 'log.file = false', ...settings, ''].join('\n'),
  );
  host.write(ENVIRONMENT.RABBITMQ_ENABLED_PLUGINS_FILE, '[].');
  await host.run(['mkdir', '-p', ENVIRONMENT.RABBITMQ_MNESIA_BASE, ENVIRONMENT.RABBITMQ_LOG_BASE]);
  const service = await startService(host, 'rabbitmq', ['/usr/lib/rabbitmq/bin/rabbitmq-server'], { env: ENVIRONMENT, ports: [5672] });
  const command = async (...args: readonly string[]): Promise<string> => (await host.run(['/usr/lib/rabbitmq/bin/rabbitmqctl', '-q', ...args], { env: ENVIRONMENT, timeoutMs: 300_000 })).stdout;
  const control = async (...args: readonly string[]): Promise<string> => {
    // It serves its clients a moment before it lets itself be told anything.
    await command('await_startup');
    return command(...args);
  };
  return {
    get program() {
      return service.program;
    },
    start: service.start,
    kill: service.kill,
    stop: service.stop,
    unaskedEnd: service.unaskedEnd,
    control,
  };
}
