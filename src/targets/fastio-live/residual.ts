/** What stays reachable whatever Leaver does, for how long, and what a person should do. */
export const LOCK_OUT_RESIDUAL =
  'Fast.io has no call that locks somebody else out of their account. Memberships are cut down instead; what the person owns stays open to them until it is handed over.';
export const SESSION_RESIDUAL =
  'Only the account itself can end its sessions: they go on for as long as the account likes (an access token lives up to 1 hour and a refresh token up to 30 days), and reach what the account is still a member of, and links that are open to everybody.';
export const KEY_RESIDUAL =
  'API keys belong to the account, nobody else can list or delete them, and without an end they stay good: they reach what the account is still a member of.';
export const WEBHOOK_RESIDUAL = 'No call for webhooks is documented any more.';
export const GRANT_RESIDUAL =
  'Files that were shared one by one (file shares) with an address of the person and no account, links to files that are open to everybody who has them, and cloud accounts for imports that do not say whose they are, stay: the step list-workspaces names what it saw of them and what it could not read.';
export const LOCK_RESIDUAL = 'File locks that the person holds end by themselves, within 60 minutes.';
export const REENTRY_RESIDUAL =
  'Where the organization lets everybody with an address of its domain in (authorized domains), or members join by themselves, the person can come back for as long as they have the address: check these settings.';

/** What is said of every account that is found. */
export const RESIDUAL: readonly string[] = [LOCK_OUT_RESIDUAL, SESSION_RESIDUAL, KEY_RESIDUAL];
