/** What an agent tells about itself, which is the row that targets are asked of. Not for how it is signed or carried (presence). */
import { z } from 'zod'

/** JSON as it is after parsing: finite numbers, text without NUL or lone surrogates, as PostgreSQL's jsonb demands. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** Bytes of one record as JSON: what `/mig/presence/1` carries. */
export const RECORD_SIZE_LIMIT = 16 * 1024
/** Nesting of `environment`: MIG's has 2; deeper is somebody exhausting stacks. */
export const JSON_DEPTH_LIMIT = 16
/** The last millisecond of the year 9999. */
const LAST_TIME_MS = 253_402_300_799_999
const TAGS_LIMIT = 64
const PID_LIMIT = 2 ** 31 - 1

/** True when PostgreSQL could hold this text. */
const isStorableText = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000')

/** True for JSON that PostgreSQL could hold, at most `depth` levels deep. */
export function isStorableJson(value: unknown, depth = JSON_DEPTH_LIMIT): value is JsonValue {
  if (value === null || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value !== 'object' || depth === 0) return false
  if (Array.isArray(value)) return value.every((item) => isStorableJson(item, depth - 1))
  return Object.entries(value).every(
    ([key, item]) => isStorableText(key) && isStorableJson(item, depth - 1),
  )
}

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && !Array.isArray(value) && value !== null && isStorableJson(value)

const text = (limit: number): z.ZodString =>
  z.string().max(limit).refine(isStorableText, 'has a NUL or a broken character')
const time = z.int().min(0).max(LAST_TIME_MS)

/** MIG's agent object. Times are milliseconds since the epoch, `null` where there is none; `id` is the agent's peer id. */
export const agentRecord = z
  .strictObject({
    id: text(128).min(1),
    name: text(1024),
    queueloc: text(2048),
    mode: text(64),
    version: text(128),
    pid: z.int().min(0).max(PID_LIMIT),
    status: text(64),
    starttime: time.nullable(),
    destructiontime: time.nullable(),
    heartbeattime: time.nullable(),
    refreshtime: time.nullable(),
    loadername: text(1024).nullable(),
    environment: z.custom<JsonObject>(isJsonObject, 'is not a JSON object that can be stored'),
    tags: z
      .record(text(256), text(1024))
      .refine((tags) => Object.keys(tags).length <= TAGS_LIMIT, `has more than ${TAGS_LIMIT} tags`),
  })
  .refine(
    (record) => new TextEncoder().encode(JSON.stringify(record)).length <= RECORD_SIZE_LIMIT,
    `has more than ${RECORD_SIZE_LIMIT} bytes`,
  )
  .readonly()
export type AgentRecord = z.infer<typeof agentRecord>
