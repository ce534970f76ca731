import { it } from 'vitest'
import { FLEET, NOW_MS } from '../helpers/agent-records.ts'
import { openOracle } from '../helpers/oracle.ts'
import { parseTarget } from '../../node/core/target/parse.ts'
import { evaluate } from '../../node/core/target/evaluate.ts'
it('x', async () => {
  const t0=performance.now()
  await using oracle = await openOracle(FLEET, NOW_MS)
  console.log(await oracle.settings(), performance.now()-t0)
  const list = ["name = 'a'","environment->>'os' IN ('linux','darwin') AND mode='daemon'","tags->>'level'::text = '3'","(tags->>'level')::int > 1","starttime < NOW() - INTERVAL '30 days'","pid='abc'","environment#>>'{os}' LIKE 'l%'","environment::text like '%10.1%'","a = b is null","starttime::text like '2024%'"]
  const answers = await oracle.ask(list)
  for (const [i,e] of list.entries()) {
    let ours: string
    try { const t=parseTarget(e); ours=FLEET.map(r=>{const o=evaluate(t,r,NOW_MS); return 'error' in o?'e':o.truth===null?'n':o.truth?'t':'f'}).join('') } catch(x) { ours=String(x) }
    console.log(e,'|',answers[i],'|',ours)
  }
})
