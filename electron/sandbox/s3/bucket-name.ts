/**
 * User Guide, "General purpose bucket naming rules": 3 to 63 of lower-case letters, digits, dots and hyphens; not an IP
 * address.
 */
const FORM = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const NOT_ALLOWED =
  /\.\.|^\d+\.\d+\.\d+\.\d+$|^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/

export const isBucketName = (name: string): boolean => FORM.test(name) && !NOT_ALLOWED.test(name)
