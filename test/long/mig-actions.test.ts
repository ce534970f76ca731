/**
 * Mozilla's own action files, signed as they are and answered by a real agent with real children. They lie beside the repository where
 * somebody put them, and are not copied into it. That they load, and what of them is read differently: test/cli/mig-actions.test.ts.
 */
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { findModule } from '../../agent-modules/registry.ts'
import { readDocument } from '../../cli/document-file.ts'
import { renewOperations } from '../../cli/renew-operations.ts'
import type { Answer, OperationResult } from '../../node/core/result.ts'
import { createMesh, type TestMesh } from '../helpers/mesh.ts'
import { recordingIo } from '../helpers/recording-io.ts'

const FOLDER = new URL('../../../shared/mig-actions/', import.meta.url)
const hasFiles = existsSync(FOLDER)
const names = hasFiles ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : []

/** Two of the files ask Ubuntu hosts only, one of them this release: the agent under test says that it is one, whatever this machine is. */
const IDENT = 'Ubuntu 12.04.5 LTS'
vi.mock('../../node/host/facts-ident.ts', () => ({ readIdent: () => Promise.resolve(IDENT) }))

/** What the host grants an operation: files that search all of a disk end here, or before. */
const OPERATION_SECONDS = 12
/** They search `/` or `/usr`, or hash all of `/usr/bin` and `/tmp`: whether that ends in time is this machine's affair. */
const SEARCHES_A_DISK: ReadonlySet<string> = new Set([
  'shellshock_iocs.json',
  'suspicious_files.json',
  'yui-2.4.0-2.9.0.json',
])
/** Whether names are found and strangers answer is the network's affair. */
const ASKS_THE_NETWORK: ReadonlySet<string> = new Set(['ping', 'timedrift'])

let mesh: TestMesh

describe.skipIf(!hasFiles || process.platform !== 'linux')(
  "Mozilla's action files, signed and sent",
  () => {
    beforeAll(async () => {
      mesh = await createMesh({ agents: 1, ceilings: { operationseconds: OPERATION_SECONDS } })
      await mesh.known(1)
    })
    afterAll(() => mesh[Symbol.asyncDispose]())

    it.each(names)('%s is verified, meant, run and answered', async (name) => {
      const path = fileURLToPath(new URL(name, FOLDER))
      const document = await readDocument(path, recordingIo().io)
      if (document.kind !== 'draft') throw new Error(`${name} is signed`)
      const { name: title, target, description, threat } = document.draft
      const { operations } = renewOperations(document.draft.operations)
      const { answers, tally } = await mesh.hunt({
        ...{ name: title, target, operations },
        ...(description === undefined ? {} : { description }),
        ...(threat === undefined ? {} : { threat }),
      })

      expect(tally.targets).toHaveLength(1)
      const { results } = onlyAnswer(answers)
      expect(results.map(({ module }) => module)).toEqual(operations.map(({ module }) => module))
      for (const [index, result] of results.entries()) {
        const isSlow = SEARCHES_A_DISK.has(name) || ASKS_THE_NETWORK.has(result.module)
        if (isSlow && result.status === 'timeout') continue
        expect(result).toMatchObject({ status: 'success', success: true })
        await requireAnswered(result, operations[index]?.parameters)
      }
    })
  },
)

function onlyAnswer(answers: readonly Answer[]): Answer {
  const [answer, ...others] = answers
  if (answer === undefined || others.length > 0) throw new Error(`${answers.length} answers`)
  return answer
}

/** Elements and statistics of the module's own shapes; of a file search, under each label that was asked. */
async function requireAnswered(result: OperationResult, parameters: unknown): Promise<void> {
  const module = await findModule(result.module)
  expect(module?.elements.parse(result.elements)).toEqual(result.elements)
  expect(module?.statistics.parse(result.statistics)).toEqual(result.statistics)
  if (result.module !== 'file') return
  const { searches } = z.object({ searches: z.record(z.string(), z.unknown()) }).parse(parameters)
  expect(Object.keys(Object(result.elements))).toEqual(Object.keys(searches))
}
