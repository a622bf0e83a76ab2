// A time axis for what we draw ourselves: round days, months, quarters or years, as many as fit.
import { isoDay, isoMonth } from "../format";

export interface Tick {
  ms: number;
  label: string;
}

const kDay = 86400e3;

export function timeTicks(from: number, to: number, most: number): Tick[] {
  const days = (to - from) / kDay;
  for (const months of [1, 3, 6, 12, 24, 60]) {
    if (days / (months * 30.4) > most) continue;
    if (months === 1 && days / 30.4 < 3) break;
    const ticks: Tick[] = [];
    const start = new Date(from);
    let month = Math.ceil((start.getUTCFullYear() * 12 + start.getUTCMonth() + (start.getUTCDate() > 1 ? 1 : 0)) / months) * months;
    for (;; month += months) {
      const ms = Date.UTC(Math.floor(month / 12), month % 12, 1);
      if (ms > to) return ticks;
      ticks.push({ ms, label: months >= 12 ? isoMonth(ms).slice(0, 4) : isoMonth(ms) });
    }
  }
  for (const step of [1, 2, 7, 14]) {
    if (days / step > most) continue;
    const ticks: Tick[] = [];
    for (let ms = Math.ceil(from / (step * kDay)) * step * kDay; ms <= to; ms += step * kDay) ticks.push({ ms, label: isoDay(ms) });
    return ticks;
  }
  return [{ ms: from, label: isoDay(from) }];
}
