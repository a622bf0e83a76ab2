// Numbers, dates and intervals as the page writes them: thin separators, a decimal point, ISO dates. Only the way a
// figure is written is decided here; its value stays in `data-value` and in the CSV.

const kThin = "\u202f"; // narrow no-break space
const kMinus = "\u2212";

// How many decimals show about four significant digits of a figure of this size.
export function decimalsFor(magnitude: number): number {
  const size = Math.abs(magnitude);
  if (size >= 1000 || size === 0) return 0;
  if (size >= 100) return 1;
  if (size >= 10) return 1;
  if (size >= 1) return 2;
  return Math.min(8, 2 - Math.floor(Math.log10(size)));
}

function separated(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+$)/g, kThin);
}

// The number with this many decimals at most; integers without any.
export function formatNumber(value: number | null | undefined, decimals?: number): string {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${kMinus}∞`;
  if (Math.abs(value) >= 1e15) return value.toExponential(3).replace("e+", "e").replace("-", kMinus);
  const places = decimals ?? (Number.isInteger(value) ? 0 : decimalsFor(value));
  const [whole = "0", fraction] = Math.abs(value).toFixed(places).split(".");
  const sign = value < 0 && Number(Math.abs(value).toFixed(places)) !== 0 ? kMinus : "";
  return sign + separated(whole) + (fraction ? `.${fraction}` : "");
}

// For axes and marks where room is short: 12k, 3.4M, 1.2B.
export function formatShort(value: number): string {
  const size = Math.abs(value);
  for (const [limit, letter] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]] as const) {
    if (size >= limit) {
      const scaled = value / limit;
      const places = Math.abs(scaled) >= 100 || Math.abs(scaled * 10) % 10 < 0.5 ? 0 : 1;
      return formatNumber(scaled, places) + letter;
    }
  }
  return formatNumber(Number(value.toPrecision(3)));
}

const kMoney = /^(?:US\$|USD|usd|\$)(?![A-Za-z])(.*)$/;

// Unit words as they are written behind a number: "%" and the currency sign have their own places.
export function withUnit(number: string, unit: string): string {
  if (unit === "" || number === "–") return number;
  if (unit === "%") return `${number}${kThin}%`;
  const money = kMoney.exec(unit);
  if (money) return (number.startsWith(kMinus) ? `${kMinus}$${number.slice(1)}` : `$${number}`) + money[1];
  return `${number}\u00a0${unit}`;
}

// Whether the unit is written close to its figure, as a sign is.
export const isSign = (unit: string): boolean => unit === "%" || kMoney.exec(unit)?.[1] === "";

export function formatInterval(lower: number | null, upper: number | null, unit: string): string {
  if (lower === null || upper === null) return "";
  const decimals = Number.isInteger(lower) && Number.isInteger(upper) ? 0 : decimalsFor(Math.max(Math.abs(lower), Math.abs(upper)));
  return withUnit(`${formatNumber(lower, decimals)} to ${formatNumber(upper, decimals)}`, kMoney.test(unit) ? "" : unit);
}

// Decimals at which a whole column lines up: enough for its largest figure, none when all are whole.
export function columnDecimals(numbers: (number | null)[]): number {
  let largest = 0;
  let whole = true;
  for (const number of numbers) {
    if (number === null) continue;
    if (!Number.isInteger(number)) whole = false;
    largest = Math.max(largest, Math.abs(number));
  }
  return whole ? 0 : decimalsFor(largest);
}

const kDay = 86400e3;

// Milliseconds of an ISO day (with or without time), month ("2027-04") or quarter ("2027-Q2"), at the start of it in UTC; null for other texts.
export function timeOf(text: string): number | null {
  const quarter = /^(\d{4})-?Q([1-4])$/.exec(text);
  if (quarter) return Date.UTC(Number(quarter[1]), (Number(quarter[2]) - 1) * 3, 1);
  const day = /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?)?$/.exec(text);
  if (!day) return null;
  return Date.UTC(Number(day[1]), Number(day[2]) - 1, Number(day[3] ?? 1), Number(day[4] ?? 0), Number(day[5] ?? 0), Number(day[6] ?? 0));
}

export function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function isoMonth(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7);
}

export function daysBetween(from: number, to: number): number {
  return (to - from) / kDay;
}

// Endings of names that say the unit once more.
const kUnitEndings: Record<string, string> = { "%": "_percent", d: "_d", h: "_h", mm: "_mm", weeks: "_w", MUSD: "_musd" };

// A column name or key as a heading: "p90_late_d" in d -> "P90 late".
export function headingOf(name: string, unit = ""): string {
  const ending = kMoney.test(unit) ? "_usd" : kUnitEndings[unit];
  const short = ending && name.endsWith(ending) && name.length > ending.length ? name.slice(0, -ending.length) : name;
  const words = short.replace(/_/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
