import type { QueryOperation } from '../../server/query-protocol.ts'
import type { IamState } from '../state.ts'

/** The account of the sandbox has no alias. */
export const listAccountAliases: QueryOperation<IamState> = {
  name: 'ListAccountAliases',
  run: () => ({ AccountAliases: [], IsTruncated: false }),
}
