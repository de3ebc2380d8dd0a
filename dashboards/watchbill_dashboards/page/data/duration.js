// Durations as Grafana and Prometheus write them: `5m`, `1h30m`, `500ms`.

/** Seconds of each unit. @type {Record<string, number>} */
const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, M: 2_592_000, y: 31_536_000 };

/** Seconds of a duration; null when the text is none. @param {string | null | undefined} text */
export function durationSeconds(text) {
  const whole = (text ?? "").trim().replace(/^>/, "");
  if (!/^(\d+(\.\d+)?(ms|[smhdwMy]))+$/.test(whole)) return null;
  let total = 0;
  for (const part of whole.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwMy])/g)) total += Number(part[1]) * (UNITS[part[2] ?? ""] ?? 0);
  return total;
}

/** The shortest duration of one unit, to the millisecond. @param {number} seconds */
export function durationText(seconds) {
  const milliseconds = Math.round(seconds * 1000);
  for (const unit of ["d", "h", "m", "s"]) {
    const size = (UNITS[unit] ?? 1) * 1000;
    if (milliseconds >= size && milliseconds % size === 0) return `${milliseconds / size}${unit}`;
  }
  return `${milliseconds}ms`;
}
