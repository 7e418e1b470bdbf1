/** The time of a message as people in the home say it. Pure; `contract/narrator.json` holds both SDKs to it. */

/** `Friday, 2026-11-27, 01:43 (Europe/Paris, UTC+01:00)`; the text itself where it is no time. */
export function localTime(timestamp: string, zone: string): string {
  const date = new Date(timestamp);
  if (Number.isNaN(date.getTime())) return timestamp;
  const parts = new Map(
    formatIn(zone)
      .formatToParts(date)
      .map(({ type, value }) => [type, value]),
  );
  const day = ['year', 'month', 'day'].map((part) => parts.get(part as Intl.DateTimeFormatPartTypes)).join('-');
  const offset = (parts.get('timeZoneName') ?? '').replace(/^GMT(?:\+00:00)?/, 'UTC');
  const name = zone === offset ? zone : `${zone}, ${offset}`;
  return `${parts.get('weekday')}, ${day}, ${parts.get('hour')}:${parts.get('minute')} (${name})`;
}

/** Of this process: the home's, by its environment. */
export const ownZone = () => new Intl.DateTimeFormat().resolvedOptions().timeZone;

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const clock = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'longOffset' } as const;
  const day = { weekday: 'long', year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  return new Intl.DateTimeFormat('en-US', { timeZone, ...day, ...clock });
}
