/** Runs inside of a sandbox and prints as one JSON line what a program finds of its user, its home and its time. */
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const cache = path.join(os.homedir(), '.cache', 'hairem');
fs.mkdirSync(cache, { recursive: true });
fs.writeFileSync(path.join(cache, 'x'), 'x');
const { username, uid, homedir } = os.userInfo();
const now = new Date('2026-07-01T12:00:00Z');
console.log(
  JSON.stringify({
    user: `${username} ${uid}`,
    home: `${homedir} ${os.homedir()}`,
    temporary: os.tmpdir(),
    zone: `${new Intl.DateTimeFormat().resolvedOptions().timeZone} ${now.getHours()}`,
    umask: process.umask().toString(8),
    language: process.env.LANG,
    cpus: os.cpus().length > 0,
  }),
);
