// Adds up vitest's JSON reports: every failure once more by name, where a reader of CI's last lines finds it, and
// then the one line that every reader of CI output understands.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
const total = { passed: 0, failed: 0, skipped: 0 }
for (const name of readdirSync(folder)) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8'))
  total.passed += report.numPassedTests
  total.skipped += report.numPendingTests + report.numTodoTests
  for (const failure of report.testResults.flatMap(failures)) {
    total.failed += 1
    console.log(`FAILED ${failure}`)
  }
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0)

/** The failed tests of one file, or the file itself where it failed before its first test. */
function failures(file) {
  if (file.status === 'failed' && file.assertionResults.length === 0) {
    return [`${file.name}\n${file.message}`]
  }
  return file.assertionResults
    .filter((test) => test.status === 'failed')
    .map((test) => `${file.name} > ${test.fullName}\n${test.failureMessages.join('\n')}`)
}
