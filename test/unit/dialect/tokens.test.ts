import fc from 'fast-check'
import { expect, it } from 'vitest'
import { splitStatements, tokenize } from '../../../electron/sandbox/redshift-data/dialect/tokens.ts'

const literal = fc.string({ unit: 'binary' }).map(text => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)
const piece = fc.oneof(
  literal,
  fc.constant(' /* ; */ '),
  fc.constant(' -- ;\n'),
  fc.constant('"a;b"'),
  fc.constant(' x '),
  fc.constant('$$ ; $$'),
  fc.nat().map(String),
)

it('a text is split at the semicolons outside of quotes and comments, and nowhere else', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.array(piece, { minLength: 1 }).map(pieces => `x ${pieces.join(' ')}`),
        { minLength: 1, maxLength: 5 },
      ),
      statements => {
        expect(splitStatements(tokenize(statements.join(' ; ')))).toHaveLength(statements.length)
      },
    ),
  )
})
