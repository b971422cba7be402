/** PostgreSQL's codes for what we expect and handle, as in its manual's appendix A. */

export const INSUFFICIENT_PRIVILEGE = '42501';
export const QUERY_CANCELED = '57014';
export const UNDEFINED_TABLE = '42P01';
