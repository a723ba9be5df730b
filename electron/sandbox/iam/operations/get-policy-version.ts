import { type QueryOperation, required } from '../../server/query-protocol.ts'
import { awsManagedDocument, isAwsManaged } from '../aws-managed.ts'
import { encodeDocument } from '../policy-document.ts'
import { findPolicy, type IamState, noSuchEntity } from '../state.ts'

/** A policy of the sandbox has one version, `v1`: there is no CreatePolicyVersion. */
export const getPolicyVersion: QueryOperation<IamState> = {
  name: 'GetPolicyVersion',
  run(state, input) {
    const arn = required(input, 'PolicyArn')
    const version = required(input, 'VersionId')
    if (isAwsManaged(arn)) {
      const Document = encodeDocument(awsManagedDocument(arn, version))
      return { PolicyVersion: { Document, VersionId: version, IsDefaultVersion: true, CreateDate: new Date(0) } }
    }
    const policy = findPolicy(state, arn)
    if (version !== 'v1') throw noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`)
    return {
      PolicyVersion: {
        Document: encodeDocument(policy.document),
        VersionId: version,
        IsDefaultVersion: true,
        CreateDate: new Date(policy.createdMs),
      },
    }
  },
}
