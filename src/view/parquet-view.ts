/**
 * Calls as one Parquet file, by DuckDB. It is 70 MB and nothing else of egress needs it, so it is not installed with
 * egress and is loaded here alone. (It is no optional peer dependency either: its versions are called pre-releases, which
 * no range includes, so that npm would refuse to install it.)
 *
 * DuckDB can open connections: it fetches extensions that a query seems to need, and reads URLs. All of that is switched
 * off before the first statement that touches data, and the configuration is locked after that.
 */
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { EgressError } from '../core/error.js';
import { COLUMNS, type CallRow } from './call-row.js';
import { writeLines } from './line-file.js';

const MODULE = '@duckdb/node-api';

/** What is used of it. */
interface DuckDb {
  readonly DuckDBInstance: {
    create(
      path: string,
      options: Readonly<Record<string, string>>,
    ): Promise<{
      connect(): Promise<{ run(sql: string): Promise<unknown>; closeSync(): void }>;
      closeSync(): void;
    }>;
  };
}

async function loadDuckDb(): Promise<DuckDb> {
  try {
    // A name that no bundler or type checker follows: whether it is there shows now.
    return (await import(MODULE)) as DuckDb;
  } catch (error) {
    throw new EgressError('PARQUET_UNAVAILABLE', `Parquet is written by DuckDB, and ${MODULE} is not installed`, {
      hint: `npm install ${MODULE} where egress is installed (70 MB), or use --format csv.`,
      cause: error,
    });
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** @throws PARQUET_UNAVAILABLE; what the system or DuckDB throws */
export async function writeParquet(rows: Iterable<CallRow>, target: string): Promise<void> {
  const { DuckDBInstance } = await loadDuckDb();
  const folder = mkdtempSync(`${path.resolve(target)}.new-`);
  const [lines, made] = [path.join(folder, 'rows.jsonl'), path.join(folder, 'rows.parquet')];
  try {
    await writeLines(jsonLines(rows), lines);
    const instance = await DuckDBInstance.create(':memory:', {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      temp_directory: folder,
    });
    const connection = await instance.connect();
    try {
      await connection.run(`SET allowed_directories = [${quoted(folder)}]`);
      await connection.run('SET enable_external_access = false');
      await connection.run('SET lock_configuration = true');
      await connection.run(copyStatement(lines, made));
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
    renameSync(made, target);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether a file has rows or none, it has all columns with their types. */
function copyStatement(lines: string, made: string): string {
  const columns = Object.entries(COLUMNS).map(([name, type]) => `${quoted(name)}: ${quoted(type)}`);
  const source = `read_json(${quoted(lines)}, format = 'newline_delimited', columns = {${columns.join(', ')}})`;
  return `COPY (SELECT * FROM ${source}) TO ${quoted(made)} (FORMAT parquet, COMPRESSION zstd)`;
}

function* jsonLines(rows: Iterable<CallRow>): Generator<string, void> {
  for (const row of rows) yield JSON.stringify(row);
}
