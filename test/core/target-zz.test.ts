import { it } from 'vitest'
import { FLEET, NOW_MS } from '../helpers/agent-records.ts'
import { openOracle } from '../helpers/oracle.ts'
import { REFUSED_MORE_TARGETS } from '../helpers/target-texts.ts'
it('x', async () => {
  const oracle = await openOracle(FLEET, NOW_MS)
  const all = await oracle.ask(REFUSED_MORE_TARGETS)
  console.log(all.length)
  for (const e of REFUSED_MORE_TARGETS) { const a = await oracle.ask([e]); if (a[0]===undefined) console.log(JSON.stringify(e), a) }
})
