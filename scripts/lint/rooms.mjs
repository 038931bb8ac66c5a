/** The house: rooms from top to bottom. A room may import from lines below its own, and from nothing else but itself. */
export const ROOM_LINES = [
  ['bin', 'main'],
  ['commands'],
  ['ui', 'report', 'demo'],
  ['upgrade'],
  ['engine'],
  ['runbook'],
  ['actions'],
  ['schedule', 'discovery'],
  ['site'],
  ['vault', 'postgres', 'installers'],
  ['platform'],
  ['contract'],
  ['foundation'],
];
