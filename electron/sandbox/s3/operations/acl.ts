import { owner, type S3Operation, type S3Request } from '../exchange.ts'
import { findVersion } from '../find-version.ts'
import { xmlReply } from '../xml.ts'

export const getBucketAcl: S3Operation = request => {
  request.bucket()
  return ownerHasAll(request)
}

export const getObjectAcl: S3Operation = request => {
  findVersion(request, request.bucket())
  return ownerHasAll(request)
}

/** Object Ownership is "bucket owner enforced" (the default since April 2023): there is only one grant. */
function ownerHasAll(request: S3Request) {
  const grantee = owner(request, 'Grantee').replace(
    '<Grantee>',
    '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">',
  )
  return xmlReply(
    'AccessControlPolicy',
    `${owner(request)}<AccessControlList><Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>` +
      '</AccessControlList>',
  )
}
