/** A length of time for people: `52 ms`, `1.3 s`, `2 min 05 s`, `3 h 20 min`, `4 d 2 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) {
    return `${Math.max(0, Math.round(ms))} ms`;
  }
  if (ms < 59_950) {
    return `${(ms / 1_000).toFixed(1)} s`;
  }
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) {
    return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 1_440
    ? `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`
    : `${Math.floor(minutes / 1_440)} d ${Math.floor((minutes % 1_440) / 60)} h`;
}

/** A moment for people, in UTC as the record has it: `2026-03-01 09:30:00Z`. */
export function moment(iso: string | null): string {
  return iso === null ? '-' : `${iso.slice(0, 19).replace('T', ' ')}Z`;
}

/** Milliseconds between two moments of the record; null when one of them is still to come. */
export function between(from: string | null, to: string | null): number | null {
  return from === null || to === null ? null : Date.parse(to) - Date.parse(from);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
