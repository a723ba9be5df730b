import { ExpectedError } from '../../../shared/rpc/contract.ts'
import type { StreamSource } from './source.ts'

/** The number of a record that somebody typed. @throws ExpectedError `invalid_input` when it is none of this source */
export function askedOffset({ positions, words }: Pick<StreamSource, 'positions' | 'words'>, text: string): string {
  if (positions.isOffset(text)) return text
  throw new ExpectedError({
    code: 'invalid_input',
    message: `${JSON.stringify(text)} is no ${words.offset} of ${words.service}.`,
    hint: `The record viewer shows the ${words.offset} of each record.`,
    retryable: false,
  })
}
