import { emptyReply, type S3Operation } from '../exchange.ts'
import { findUpload } from '../find-upload.ts'

export const abortMultipartUpload: S3Operation = request => {
  request.state.uploads.remove(findUpload(request))
  return emptyReply(204)
}
