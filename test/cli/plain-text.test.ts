import { describe, expect, it } from 'vitest'
import { plainText } from '../../cli/render/plain-text.ts'

describe('plainText', () => {
  it('shows tables as columns, without rules and marks', () => {
    expect(
      plainText(
        'Before\n\n| filter | hits |\n|---|---|\n| `a` | when **so** |\n| `b\\|c` | when `!x` |\n\nAfter `it`.',
      ),
    ).toBe('Before\n\nfilter  hits\na       when so\nb|c     when !x\n\nAfter it.')
  })

  it('leaves other text as it is', () => {
    const text = 'One | bar, 2 * 3 * 4.\n  - a list\n\n    code'
    expect(plainText(text)).toBe(text)
  })
})
