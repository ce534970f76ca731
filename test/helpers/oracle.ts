/** PostgreSQL itself (PGlite), asked what it answers to a target on a fleet. Tests of the target language only. */
import { PGlite } from '@electric-sql/pglite'
import type { AgentRecord } from '../../node/core/target/record.ts'

/** One letter a record: t, f, n (NULL) or e (it raised an error). `undefined`: refused, for each of them or before any. */
export type Answer = string | undefined

export interface Oracle extends AsyncDisposable {
  /** One answer for each expression. */
  ask(expressions: readonly string[]): Promise<readonly Answer[]>
  /** The collation and time zone that PostgreSQL answers under. */
  settings(): Promise<unknown>
}

/** NOW() is shadowed, so that times are exact; an expression is planned on an empty table to see whether it is refused. */
const SCHEMA = `
CREATE TABLE agents (
  position int PRIMARY KEY, id text, name text, queueloc text, mode text, version text, pid int, loadername text,
  status text, starttime timestamptz, destructiontime timestamptz, heartbeattime timestamptz,
  refreshtime timestamptz, environment jsonb, tags jsonb);
CREATE TABLE nobody (LIKE agents);
CREATE SCHEMA shadow;
CREATE FUNCTION truths(expression text) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
  letters text; letter text; agent record;
  form text := 'SELECT string_agg(CASE WHEN %s THEN ''t'' WHEN (%s) IS NULL THEN ''n'' ELSE ''f'' END, '''' ORDER BY position) FROM %s';
BEGIN
  BEGIN
    EXECUTE format(form, expression, expression, 'nobody AS agents');
  EXCEPTION WHEN OTHERS THEN RETURN NULL;
  END;
  BEGIN
    EXECUTE format(form, expression, expression, 'agents') INTO letters;
    RETURN letters;
  EXCEPTION WHEN OTHERS THEN letters := '';
  END;
  FOR agent IN SELECT position AS place FROM agents ORDER BY position LOOP
    BEGIN
      EXECUTE format(form, expression, expression, '(SELECT * FROM agents WHERE position = ' || agent.place || ') AS agents')
        INTO letter;
      letters := letters || letter;
    EXCEPTION WHEN OTHERS THEN letters := letters || 'e';
    END;
  END LOOP;
  RETURN letters;
END $body$;`

const INSERT = `INSERT INTO agents
  SELECT ($2::int), id, name, queueloc, mode, version, pid, loadername, status,
    to_timestamp(starttime / 1000.0), to_timestamp(destructiontime / 1000.0), to_timestamp(heartbeattime / 1000.0),
    to_timestamp(refreshtime / 1000.0), environment, tags
  FROM jsonb_to_record($1::jsonb) AS r(id text, name text, queueloc text, mode text, version text, pid int, loadername text,
    status text, starttime numeric, destructiontime numeric, heartbeattime numeric, refreshtime numeric,
    environment jsonb, tags jsonb)`

/** Starts PostgreSQL with this fleet and this moment as NOW(). */
export async function openOracle(fleet: readonly AgentRecord[], nowMs: number): Promise<Oracle> {
  const db = await PGlite.create()
  await db.exec(SCHEMA)
  for (const [position, record] of fleet.entries()) {
    await db.query(INSERT, [JSON.stringify(record), position])
  }
  await db.exec(`CREATE FUNCTION shadow.now() RETURNS timestamptz STABLE LANGUAGE sql
    AS $$ SELECT '${new Date(nowMs).toISOString()}'::timestamptz $$;
    SET search_path = shadow, pg_catalog, public; SET timezone = 'UTC'`)
  return {
    async ask(expressions) {
      const { rows } = await db.query<{ truths: string | null }>(
        'SELECT public.truths(e) AS truths FROM jsonb_array_elements_text($1::jsonb) WITH ORDINALITY AS x(e, n) ORDER BY n',
        [JSON.stringify(expressions)],
      )
      return rows.map(({ truths }) => (truths === null || /^e+$/.test(truths) ? undefined : truths))
    },
    async settings() {
      const { rows } = await db.query(
        "SELECT datcollate, datctype, current_setting('timezone') AS timezone FROM pg_database WHERE datname = current_database()",
      )
      return rows[0]
    },
    [Symbol.asyncDispose]: () => db.close(),
  }
}
