import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { ObjectType } from './object-type.ts';
import { rowsChosen } from './rows-chosen.ts';
import { objectTime, primitive, without } from './versioned-object.ts';

export const addressGroupObjects: ObjectType = {
  name: 'AddressGroup',
  version: '1.2',
  columns: ['id', 'project_id', 'tenant_id', 'name'],
  fields: ['shared', 'revision_number', 'description'],
  async read(db, chosen) {
    const groups = await db.selectFrom('address_groups').selectAll().where(rowsChosen('address_groups', chosen)).orderBy('id').execute();
    const ids = groups.map(({ id }) => id);
    const addresses = await unlessEmpty(ids, (part) => db.selectFrom('address_group_addresses').selectAll().where(inList('address_group_id', part)).orderBy('address').execute());
    const shared = await unlessEmpty(ids, (part) =>
      db.selectFrom('address_group_rbacs').select('object_id').where(inList('object_id', part)).where('action', '=', 'access_as_shared').where('target_project', '=', '*').execute(),
    );
    const ofGroup = Map.groupBy(addresses, ({ address_group_id }) => address_group_id);
    const open = new Set(shared.map(({ object_id }) => object_id));
    return groups.map((row) => ({
      id: row.id,
      name: row.name,
      project_id: row.project_id,
      shared: open.has(row.id),
      addresses: (ofGroup.get(row.id) ?? []).map((data) => primitive({ name: 'AddressAssociation', version: '1.0', data: { ...data } })),
      revision_number: row.revision_number,
      description: row.description,
      created_at: objectTime(row.created_at),
      updated_at: objectTime(row.updated_at),
    }));
  },
  older: (data, minor) => without(data, ...(minor < 2 ? ['shared'] : []), ...(minor < 1 ? ['revision_number', 'created_at', 'updated_at'] : [])),
  deleted: { shared: false },
};
