/** When Windows starts a service, as far as this tool sets it: with Windows, a little after it, or only when somebody asks. */
export type StartType = 'automatic' | 'automatic-delayed' | 'manual';

/** Words of `sc.exe config NAME start= WORD`. */
const WORDS: Readonly<Record<StartType, string>> = {
  automatic: 'auto',
  'automatic-delayed': 'delayed-auto',
  manual: 'demand',
};

/** Arguments of `sc.exe` that set when Windows starts the service; `start=` and its word are two of them. */
export function startTypeArguments(service: string, startType: StartType): string[] {
  return ['config', service, 'start=', WORDS[startType]];
}
