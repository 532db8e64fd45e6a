import { PostgresQueryCompiler, type DataTypeNode, type RawNode } from 'kysely';
import { isAnyNumber } from '../../any-number.ts';
import { isIdList } from '../../id-list.ts';

/** Kysely's PostgreSQL grammar, with what differs from engine to engine put as PostgreSQL has it. */
export class ServerQueryCompiler extends PostgresQueryCompiler {
  /** Texts compare by their code points, as on the other engines, whatever the locale of the database. */
  protected override visitDataType(node: DataTypeNode): void {
    super.visitDataType(node);
    const root = this.nodeStack[0]?.kind;
    if ((root === 'CreateTableNode' || root === 'AlterTableNode') && /^(?:varchar|text)/.test(node.dataType)) this.append(' collate "C"');
  }

  protected override visitRaw(node: RawNode): void {
    if (!isIdList(node)) {
      super.visitRaw(node);
      if (isAnyNumber(node)) this.append('::bigint');
      return;
    }
    this.visitNode(node.idList.column);
    this.append(' = any(');
    this.appendValue(node.idList.ids);
    this.append('::text[])');
  }
}
