/** Written beside `services.json`: how a person makes simulated services slow or fail. */
export const SIMULATED_NODE_README = `This folder is a simulated node. Nothing here is a real Windows service; the
certificates are real.

services.json   the services, and what they are told to do
calls.jsonl     every request that was made of them: time, verb, service, process
certificates/   certificate stores: NAME.pem, and its private key as NAME.key
key-access.json accounts that were given read access to private keys, by store and thumbprint
programs/       scripts that stand in for programs: repository.exe.mjs; its first lines tell which faults it can play
servers.json    optional: ports of servers on this machine that answer for the repository API ("repository") and for
                port 4570, which takes the one-time password of a new node ("certificates"), and for the central node
                that was ("oldCentral"): a restore to another host name is refused while something listens there

services.json may be edited at any time. Times are milliseconds.

  readyMs       how long the repository service runs before it answers
  state         stopped, start-pending, running, stop-pending, paused
  startType     automatic, manual, disabled; "delayed": true with automatic: a little after Windows
  dependsOn     services that are started first, and that cannot be stopped before this one
  startMs       how long a start takes
  stopMs        how long a stop takes
  since, next   when the state was entered; what a pending state becomes, and when. Time passes by the clock alone:
                a service goes on starting when the program that started it is gone.
  fail          orders to fail, all of them optional:
                  "start": a number: the start is refused with this Windows error (1053, 1058, 1068, ...)
                           "hang": it stays in start-pending; "crash": it stops again after startMs
                  "stop":  a number: the stop is refused with this Windows error (1051, 1053, 1061, ...)
                           "hang": it stays in stop-pending; "lost": nobody hears the answer, and it begins to stop
                           after "lateMs" (500); "unheard": nobody hears the answer, and it does not stop
                  "config": a number: to set its start type is refused with this Windows error (5, ...)
                  "times": how often that happens; without it, always

Examples:

  "fail": { "start": 1053, "times": 1 }      the first start fails, the next one works
  "fail": { "stop": "hang" }                 never stops
  "startMs": 60000                           slow

A service that hangs is freed by setting "state" to "stopped" or "running".
`;
