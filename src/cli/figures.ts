/** Numbers as people read them. */

/** 1115394 → "1,115,394". */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Seconds as a clock: 75 → "1:15", 4000 → "1:06:40". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours}:${two(minutes % 60)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
