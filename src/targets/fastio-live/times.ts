/** A moment as Fast.io writes it, in UTC: `YYYY-MM-DD HH:MM:SS`. */
export function written(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ');
}

export function inSeconds(now: Date, seconds: number): string {
  return written(new Date(now.getTime() + seconds * 1_000));
}
