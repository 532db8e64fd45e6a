import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';
import { oneOf, orNull } from '../validators.ts';

export const portNumaAffinityPolicy: ExtensionDeclaration = defineExtension({
  alias: 'port-numa-affinity-policy',
  name: 'Port NUMA affinity policy',
  description: "How close a port's device has to be to the memory of its instance.",
  updated: '2020-07-08T10:00:00-00:00',
  extends: {
    ports: {
      numa_affinity_policy: {
        type: 'string', allowPost: true, allowPut: true, default: null, validate: orNull(oneOf(['required', 'preferred', 'legacy'])), isVisible: true,
        description: 'required, preferred, legacy or null',
      },
    },
  },
});
