/** Nobody waits a day for a download, and a longer delay would overflow a timer. */
const LONGEST_MS = 86_400_000;

const DAY_MS = 86_400_000;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const LONG_DAY = "(?:Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday)";
const MONTH = `(?<month>${MONTHS.join("|")})`;
const TIME = String.raw`(?<hour>[01]\d|2[0-3]):(?<minute>[0-5]\d):(?<second>[0-5]\d|60)`;

/** RFC 9110 §5.6.7: IMF-fixdate, and the obsolete forms of RFC 850 and asctime. All are in UTC. */
const DATES = [
  new RegExp(
    String.raw`^${DAY}, (?<day>\d\d) ${MONTH} (?<year>\d{4}) ${TIME} GMT$`,
  ),
  new RegExp(
    String.raw`^${LONG_DAY}, (?<day>\d\d)-${MONTH}-(?<year>\d\d) ${TIME} GMT$`,
  ),
  new RegExp(
    String.raw`^${DAY} ${MONTH} (?<day>[ \d]\d) ${TIME} (?<year>\d{4})$`,
  ),
];

/**
 * How long a Retry-After asks to wait (RFC 9110 §10.2.3: seconds, or an HTTP-date), at most a day; 0 for a date that is past.
 * @param nowUnixMs the wall clock, in milliseconds since 1970
 * @returns undefined for what is neither
 */
export function retryAfterMs(
  value: string,
  nowUnixMs: number,
): number | undefined {
  const text = value.trim();
  if (/^\d+$/.test(text)) return bounded(Number(text) * 1000);
  const atMs = httpDateMs(text, nowUnixMs);
  return atMs === undefined ? undefined : bounded(atMs - nowUnixMs);
}

function bounded(ms: number): number {
  return Math.min(Math.max(0, ms), LONGEST_MS);
}

function httpDateMs(text: string, nowUnixMs: number): number | undefined {
  for (const form of DATES) {
    const parts = form.exec(text)?.groups;
    if (parts === undefined) continue;
    const number = (name: string): number => Number(parts[name]);
    const month = MONTHS.indexOf(parts["month"] ?? "");
    const day = number("day");
    const year =
      parts["year"]?.length === 2
        ? wholeYear(number("year"), nowUnixMs)
        : number("year");
    if (day < 1 || day > 31) return undefined;
    const seconds =
      number("hour") * 3600 + number("minute") * 60 + number("second");
    return dayNumber(year, month, day) * DAY_MS + seconds * 1000;
  }
  return undefined;
}

/** A year of two digits that would be more than 50 years ahead is the past one with these digits (RFC 9110 §5.6.7). */
function wholeYear(twoDigits: number, nowUnixMs: number): number {
  const thisYear = 1970 + Math.floor(nowUnixMs / (365.2425 * DAY_MS));
  const year = thisYear - (thisYear % 100) + twoDigits;
  if (year > thisYear + 50) return year - 100;
  return year <= thisYear - 50 ? year + 100 : year;
}

/** Days since 1970-01-01 in the Gregorian calendar. @param month 0 to 11 */
function dayNumber(year: number, month: number, day: number): number {
  // Years that begin in March have their leap day at the end.
  const y = month < 2 ? year - 1 : year;
  const monthFromMarch = (month + 10) % 12;
  const leapDays =
    Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  const dayOfYear = Math.floor((153 * monthFromMarch + 2) / 5) + day - 1;
  return y * 365 + leapDays + dayOfYear - 719_468;
}
