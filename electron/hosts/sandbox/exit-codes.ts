/**
 * The exit code of a sandbox that refused to start for a reason that trying again does not change: damaged state, a
 * folder that may not be written, a port that this user may not open. EX_CONFIG of sysexits.h.
 */
export const REFUSED_TO_START = 78
