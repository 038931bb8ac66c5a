/** What is judged before anything is done: the words by a table of the manual, the media, releases, configuration files. */
export const JUDGE = String.raw`const flag = /^[01]$/;
const some = /^.+$/s;
const bundle = /^(dashboard|visualization|dashboard,visualization|visualization,dashboard)$/;
const number = /^\d+$/;

/** Arguments by name; ends with -2 at the first that the mode does not know. */
function parse(mode, { needs, takes }, { switches, logAs }) {
  const given = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    if (logAs === 'next' && word === '-log') {
      index += 1;
      given['-log'] = words[index] ?? '';
      continue;
    }
    const [name, ...rest] = word.split('=');
    const value = rest.join('=');
    if (logAs === name && whole.test(value)) given['-log'] = value;
    else if (switches.includes(word)) given[word] = true;
    else if (takes[name]?.test(value)) given[name] = value;
    else end(-2, 'Command line parsing error: ' + word.replace(/password=.*/, 'password=***') + ' in mode ' + mode);
  }
  for (const name of needs)
    if (given[name] === undefined) end(-2, 'Command line parsing error: ' + name + ' is missing in mode ' + mode);
  return given;
}

/** What the media says it is in its first line, in its parts; ends with -5 when it is something else. */
function product(pattern) {
  const media = process.env.SIMULATED_PROGRAM ?? '';
  let parts;
  try {
    parts = pattern.exec(JSON.parse(fs.readFileSync(media, 'utf8').split('\n', 1)[0]).product);
  } catch (error) {
    note(error.message);
  }
  if (!parts) end(-5, 'Malformed bundle XML: ' + media + ' is no media for ' + program);
  return parts.slice(1);
}

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
function monthOf(release) {
  const [month, year] = release.split(' ');
  return Number(year) * 12 + MONTHS.indexOf(month.toLowerCase());
}

/** A configuration file must have these settings, and one with passwords be closed to others. One that is not there is said so. */
function checkConfig(file, settings) {
  if (!fs.existsSync(file)) return note('There is no ' + file);
  const text = fs.readFileSync(file, 'utf8');
  if (process.platform !== 'win32' && (fs.statSync(file).mode & 0o077) !== 0) end(-2, file + ' is open to others');
  for (const name of settings)
    if (!new RegExp('<' + name + '>[^<]+</' + name + '>').test(text)) end(-2, file + ' has no ' + name);
  note('Settings are complete: ' + file);
}
`;
