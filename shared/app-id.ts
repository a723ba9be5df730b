/**
 * How the clients of console and job name themselves to AWS, in `app/...` of User-Agent: an account's CloudTrail shows
 * it with each call.
 */
export const APP_ID = 'sluice'
