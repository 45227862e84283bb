/** Roles that look at the work of others; what each may do with a record the core says, record by record. */
const CHECKING: ReadonlySet<string> = new Set([
  'village_verifier',
  'village_operator',
  'village_head',
  'pkh_facilitator',
  'tksk',
  'dinsos_operator',
  'dinsos_verifier',
  'dinsos_head',
]);

/** Whether this role sits at the desk. */
export const checks = (role: string): boolean => CHECKING.has(role);
