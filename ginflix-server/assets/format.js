// Numbers and durations as people read them.

import { language, say } from "./say.js";

/** Formats seconds as on a clock: 1:02:03 or 4:05. */
export function clock(seconds) {
  const total = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Formats bytes in decimal units: 1.4 GB, 1,4 Go. */
export function size(bytes) {
  const units = [
    (value) => say("size-bytes", { value }),
    (value) => say("size-kilobytes", { value }),
    (value) => say("size-megabytes", { value }),
    (value) => say("size-gigabytes", { value }),
    (value) => say("size-terabytes", { value }),
  ];
  let unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.length) {
    bytes /= 1000;
    unit += 1;
  }
  return units[unit](decimal(bytes, unit && bytes < 99.95 ? 1 : 0));
}

function decimal(value, digits) {
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false };
  return new Intl.NumberFormat(language, options).format(value);
}

/** Formats a duration roughly: 3 h 5 min, 4 min, 12 s. */
export function roughDuration(seconds) {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 59.5) return say("duration-seconds", { seconds: Math.max(1, Math.round(seconds)) });
  const whole = Math.round(seconds / 60);
  const [hours, minutes] = [Math.floor(whole / 60), whole % 60];
  if (!hours) return say("duration-minutes", { minutes });
  return minutes ? say("duration-hours-minutes", { hours, minutes }) : say("duration-hours", { hours });
}
