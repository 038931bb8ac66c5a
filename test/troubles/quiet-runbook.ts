const REVERSED = ['stop-schedulers', 'stop-rims', 'stop-central'];

/** A runbook that stops a site and starts it again as a backup does; `between` is run while it is down. */
export function quietRunbook(between: readonly string[]): object {
  return {
    name: 'quiet',
    title: 'Stop and start',
    sections: [
      {
        id: 'preflight',
        title: 'Preflight',
        preflight: true,
        steps: [
          { id: 'check-nodes', title: 'Nodes', uses: 'check.nodes', on: 'all' },
          { id: 'check-services', title: 'Services', uses: 'check.services', on: 'all' },
          { id: 'check-topology', title: 'Topology', uses: 'check.topology' },
        ],
      },
      {
        id: 'quiet',
        title: 'Quiet',
        restart: 'whole',
        steps: [
          stop('stop-schedulers', 'all', { only: ['scheduler'] }),
          stop('stop-rims', 'rims', { except: ['database', 'scheduler'] }),
          stop('stop-central', 'central', { except: ['database', 'scheduler'] }),
          {
            id: 'between',
            title: 'Between',
            uses: 'command.run',
            on: 'central',
            with: { argv: between, effect: 'change' },
          },
          start('start-central', 'central', false),
          start('start-rims', 'rims', false),
          {
            id: 'check-central',
            title: 'The central node is still the central node',
            uses: 'topology.check',
            with: { central: '${ steps.check-topology.outputs.central }' },
          },
        ],
      },
    ],
    always: [start('start-central-always', 'central', true), start('start-rims-always', 'rims', true)],
  };
}

function stop(id: string, on: string, selection: object): object {
  return { id, title: id, uses: 'services.stop', on, with: selection };
}

function start(id: string, on: 'central' | 'rims', remaining: boolean): object {
  const reverses = REVERSED.filter((step) => step !== (on === 'central' ? 'stop-rims' : 'stop-central'));
  return { id, title: id, uses: 'services.start-stopped', on, reverses, with: { remaining } };
}
