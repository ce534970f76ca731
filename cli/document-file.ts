/** Files that people hand to each other: unsigned actions (MIG's as well) and signed documents. */
import { readFile, stat } from 'node:fs/promises'
import { toUtf8 } from '../node/core/bytes.ts'
import { type Draft, parseDraft } from '../node/core/draft.ts'
import { DOCUMENT_SIZE_LIMIT, type Envelope, parseEnvelope } from '../node/core/envelope.ts'
import { MeshError, reasonOf } from '../node/core/errors.ts'
import { parseJsonText } from '../node/core/json-text.ts'
import type { Io } from './io.ts'

/** An action in base64, indented, with room for comments of a mail program it may never have. */
const FILE_SIZE_LIMIT = 8 * DOCUMENT_SIZE_LIMIT

export type DocumentFile =
  | { readonly kind: 'draft'; readonly draft: Draft }
  | { readonly kind: 'envelope'; readonly envelope: Envelope }

/** Reads a file, or stdin for `-`. @throws MeshError FILE_UNREADABLE, TOO_LARGE, ENVELOPE_MALFORMED, ACTION_INVALID */
export async function readDocument(path: string, io: Io): Promise<DocumentFile> {
  const raw = parseJson(await readText(path, { io, limit: FILE_SIZE_LIMIT }), path)
  if (typeof raw !== 'object' || raw === null || !('payloadType' in raw)) {
    return { kind: 'draft', draft: parseDraft(raw) }
  }
  // Only the base64 inside is signed, so white space that a tool put around it does no harm.
  return { kind: 'envelope', envelope: parseEnvelope(toUtf8(JSON.stringify(raw))) }
}

/** @throws MeshError FILE_UNREADABLE, TOO_LARGE */
export async function readText(
  path: string,
  { io, limit }: { io: Io; limit: number },
): Promise<string> {
  if (path === '-') return io.readStdin(limit)
  try {
    const { size } = await stat(path)
    if (size > limit) throw new MeshError({ code: 'TOO_LARGE', what: path, size, limit })
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (cause instanceof MeshError) throw cause
    throw new MeshError({ code: 'FILE_UNREADABLE', path, reason: plain(cause) }, { cause })
  }
}

/** @throws MeshError FILE_UNREADABLE with the position */
export function parseJson(text: string, path: string): unknown {
  try {
    return parseJsonText(text)
  } catch (cause) {
    throw new MeshError({ code: 'FILE_UNREADABLE', path, reason: reasonOf(cause) }, { cause })
  }
}

/** Node's message without the call and the path, which stand beside it. */
const plain = (cause: unknown): string =>
  reasonOf(cause)
    .replace(/^E[A-Z]+: /u, '')
    .replace(/, \w+(?: '.*')?$/su, '')
