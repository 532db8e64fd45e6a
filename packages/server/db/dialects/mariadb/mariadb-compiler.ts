import {
  MysqlQueryCompiler, type AddColumnNode, type CreateIndexNode, type CreateTableNode, type DataTypeNode, type DropColumnNode, type DropIndexNode, type DropTableNode,
  type RawNode,
} from 'kysely';
import { isIdList, type IdListNode } from '../../id-list.ts';

/** Texts compare by their code points, and trailing spaces count: as on the other engines. */
const COLLATION = 'utf8mb4_nopad_bin';

/** Kysely's MySQL grammar, with what differs from engine to engine put as MariaDB has it. */
export class MariadbQueryCompiler extends MysqlQueryCompiler {
  /** Whatever the database's default is: operators follow guides that make it utf8. */
  protected override visitCreateTable(node: CreateTableNode): void {
    super.visitCreateTable({ ...node, ifNotExists: true });
    this.append(` engine=InnoDB default charset=utf8mb4 collate=${COLLATION}`);
  }

  // No transaction takes these back, so an upgrade that was interrupted takes the steps again that it had taken.

  protected override visitCreateIndex(node: CreateIndexNode): void {
    super.visitCreateIndex({ ...node, ifNotExists: true });
  }

  protected override visitAddColumn(node: AddColumnNode): void {
    this.append('add column if not exists ');
    this.visitNode(node.column);
  }

  protected override visitDropColumn(node: DropColumnNode): void {
    super.visitDropColumn({ ...node, ifExists: true });
  }

  protected override visitDropTable(node: DropTableNode): void {
    super.visitDropTable({ ...node, ifExists: true });
  }

  protected override visitDropIndex(node: DropIndexNode): void {
    super.visitDropIndex({ ...node, ifExists: true });
  }

  /** MariaDB's `text` ends at 64 kB; elsewhere it does not. */
  protected override visitDataType(node: DataTypeNode): void {
    this.append(node.dataType === 'text' ? 'mediumtext' : node.dataType);
  }

  protected override visitRaw(node: RawNode): void {
    if (!isIdList(node)) {
      super.visitRaw(node);
      return;
    }
    const root = this.nodeStack[0]?.kind;
    const isShort = node.idList.ids.length <= mostCompared;
    if (isShort && (root === 'UpdateQueryNode' || root === 'DeleteQueryNode')) this.#compareEach(node);
    else this.#selectFromJson(node);
  }

  /** A semi-join: the rows are looked up by the index of the column. */
  #selectFromJson({ idList: { column, ids } }: IdListNode): void {
    this.visitNode(column);
    this.append(` in (select listed.id from json_table(`);
    this.appendValue(JSON.stringify(ids));
    this.append(`, '$[*]' columns (id varchar(255) character set utf8mb4 collate ${COLLATION} path '$')) as listed)`);
  }

  /** Updates and deletes have no semi-joins before MariaDB 11.1: they would read the whole table. Lengths are rounded up, so texts are few. */
  #compareEach({ idList: { column, ids } }: IdListNode): void {
    const last = ids.at(-1) ?? null;
    this.visitNode(column);
    this.append(' in (');
    for (let index = 0, length = roundedUp(ids.length); index < length; index += 1) {
      if (index > 0) this.append(', ');
      this.appendValue(index < ids.length ? ids[index] : last);
    }
    this.append(')');
  }
}

/** A statement takes 65,535 parameters. Where so many rows are changed, that the table is read is no longer what costs. */
const mostCompared = 4 ** 7;

/** 1, 4, 16, 64 … */
function roundedUp(length: number): number {
  let rounded = 1;
  while (rounded < length) rounded *= 4;
  return rounded;
}
