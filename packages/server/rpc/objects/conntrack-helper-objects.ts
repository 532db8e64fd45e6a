import type { ObjectType } from './object-type.ts';
import { rowsChosen } from './rows-chosen.ts';

export const conntrackHelperObjects: ObjectType = {
  name: 'ConntrackHelper',
  version: '1.0',
  columns: ['id', 'router_id', 'protocol', 'helper'],
  fields: ['port'],
  read: async (db, chosen) => {
    const rows = await db.selectFrom('conntrack_helpers').selectAll().where(rowsChosen('conntrack_helpers', chosen)).orderBy('id').execute();
    return rows.map((row) => ({ ...row }));
  },
  older: (data) => data,
  deleted: {},
};
